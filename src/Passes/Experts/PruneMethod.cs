namespace Onnxc.Passes.Experts;

/// <summary>How channels of a feed-forward network are scored.</summary>
public enum PruneMethod
{
    /// <summary>As CFSP's code does: shares of weights within a column, whose mean is the same for all, so that activations decide alone.</summary>
    Cfsp,

    /// <summary>Shares of weights within a row, so that weights count as well.</summary>
    CfspRows,

    /// <summary>Shares of weights within a row alone, for want of data.</summary>
    Weights,
}
