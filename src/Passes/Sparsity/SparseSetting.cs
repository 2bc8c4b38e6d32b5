namespace Onnxc.Passes.Sparsity;

/// <summary>What makes a term of one site idle.</summary>
/// <param name="Sparsity">Share of terms that are idle, as data show it or as it was asked for.</param>
sealed record SparseSetting(double Sparsity)
{
    /// <summary>Terms are idle up to these: one for all, or one for each.</summary>
    public float[] Thresholds { get; init; } = [0];

    /// <summary>Standard deviations above the mean at which the activation's input begins to count; null where it always does.</summary>
    public double? Multiplier { get; init; }

    /// <summary>How many terms of a row count; null for any number.</summary>
    public long? Kept { get; init; }
}
