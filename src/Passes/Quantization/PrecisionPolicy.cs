namespace Onnxc.Passes.Quantization;

/// <summary>What says which weights keep more bits.</summary>
public enum PrecisionPolicy
{
    /// <summary>How far the outputs move when a weight alone has fewer bits, measured on data.</summary>
    Sensitivity,

    /// <summary>The largest ratio of the greatest to the mean magnitude of a column (QuantMoE-Bench, linear scorer); needs no data.</summary>
    Outliers,
}
