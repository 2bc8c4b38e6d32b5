namespace Onnxc.Runtime;

/// <summary>Which memory faults strike.</summary>
public enum FaultyMemory
{
    Weights,

    /// <summary>What layers with weights give, before anything else reads it; other faults for every sample.</summary>
    Activations,
}
