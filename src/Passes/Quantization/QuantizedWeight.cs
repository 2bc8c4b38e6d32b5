using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Quantization;

/// <summary>A weight after rounding, and what goes with it.</summary>
/// <param name="Inverse">What the input is multiplied by, for each of its channels; null for nothing.</param>
/// <param name="LowRank">Factors [K, r] and [r, N] of what is added to the product; null for nothing.</param>
sealed record QuantizedWeight(QuantizedMatrix Matrix, float[]? Inverse, (float[] First, float[] Second, int Rank)? LowRank)
{
    /// <summary>Values that hold it in the model, by role, once they are made: weights that several nodes share are stored once.</summary>
    public Dictionary<string, Value> Stored { get; } = [];
}
