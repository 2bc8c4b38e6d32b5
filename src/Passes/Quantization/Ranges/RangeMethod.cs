namespace Onnxc.Passes.Quantization;

/// <summary>How the range of an activation follows from what was seen of it.</summary>
public enum RangeMethod
{
    /// <summary>The least mean square error of the quantized values.</summary>
    Mse,

    /// <summary>All that was seen.</summary>
    MinMax,

    /// <summary>All but a share of the largest and smallest values.</summary>
    Percentile,

    /// <summary>The least divergence (Kullback and Leibler) between the distributions before and after.</summary>
    Entropy,
}
