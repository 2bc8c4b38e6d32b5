namespace Onnxc.Runtime;

/// <summary>What is hit in one trial.</summary>
public enum FaultScope
{
    /// <summary>All weights.</summary>
    Model,

    /// <summary>The weights of one layer, layer after layer.</summary>
    Layer,

    /// <summary>One bit of the elements, bit after bit.</summary>
    Bit,
}
