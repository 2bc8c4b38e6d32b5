namespace Onnxc.Runtime;

/// <summary>How many bits of the memory are hit at a rate.</summary>
public enum FaultSampler
{
    /// <summary>Every bit on its own, so that the number varies from trial to trial.</summary>
    Binomial,

    /// <summary>Rate times bits of the whole memory, rounded, all at different places.</summary>
    Exact,

    /// <summary>Rate times bits of each tensor, rounded down, drawn with replacement, as the toolbox of ProAct does: small tensors get none.</summary>
    Toolbox,
}
