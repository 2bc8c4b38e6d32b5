namespace Onnxc.Passes.Experts;

/// <summary>What tells which experts are worth more bits (QuantMoE-Bench).</summary>
public enum ExpertScore
{
    /// <summary>How often data choose the expert.</summary>
    Frequency,

    /// <summary>Largest ratio of a column's largest to its mean magnitude; needs no data.</summary>
    Outliers,

    /// <summary>How little the layer's output has in common with its input, on data; the same for all experts of a layer.</summary>
    Cosine,

    /// <summary>What more bits take off the error of the weights, relative to them, times how often data choose the expert.</summary>
    Error,
}
