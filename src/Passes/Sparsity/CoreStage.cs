namespace Onnxc.Passes.Sparsity;

/// <summary>What becomes of a model with <c>core-neurons</c>.</summary>
public enum CoreStage
{
    /// <summary>Weights are sliced to the core that data show, for good.</summary>
    Offline,

    /// <summary>The model puts out the core of its input, and weights sliced to it, beside what it puts out anyway.</summary>
    Prefill,

    /// <summary>The model takes sliced weights as inputs, of the names that they have in the outputs of <see cref="Prefill"/>.</summary>
    Decode,
}
