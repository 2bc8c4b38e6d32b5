namespace Onnxc.Passes.Clip;

/// <summary>What shares a bound.</summary>
public enum ClipGranularity
{
    /// <summary>The method's own: hybrid for <c>proact</c>, neuron for <c>fitact</c>, layer for the others.</summary>
    Auto,
    Layer,
    Channel,
    Neuron,

    /// <summary>Neuron in the last activation, layer in the others.</summary>
    Hybrid,
}
