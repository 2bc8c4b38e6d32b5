namespace Onnxc.Passes.Quantization;

/// <summary>What says which weights keep more bits.</summary>
public enum PrecisionPolicy
{
    /// <summary>How far the outputs move when a weight alone has fewer bits, measured on data.</summary>
    Sensitivity,

    /// <summary>The largest ratio of the greatest to the mean magnitude of a column (QuantMoE-Bench, linear scorer); needs no data.</summary>
    Outliers,

    /// <summary>
    /// Bits between the fewest and the most by a sigmoid (AMAQ) of how far the outliers of a weight are above the mean of all; needs no data. AMAQ learns
    /// the argument while it trains.
    /// </summary>
    Amaq,
}
