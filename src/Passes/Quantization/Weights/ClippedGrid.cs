namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// Fits each block to a share of its range, whichever gives the smallest error of the output as far as the block is concerned: the clipping that belongs
/// to activation-aware quantization.
/// </summary>
sealed class ClippedGrid(WeightGrid inner, double[] moments, int columns) : WeightGrid
{
    const int Steps = 20;

    public override int Bits => inner.Bits;

    public override bool HasZero => inner.HasZero;

    public override BlockScale Fit(ReadOnlySpan<float> weights, int column)
    {
        var largest = Largest(weights);
        var (best, least) = (inner.Fit(weights, column), double.PositiveInfinity);
        var (clipped, error, codes) = (new float[weights.Length], new double[weights.Length], new byte[weights.Length]);
        for (var i = 0; i < Steps / 2; i++)
        {
            var bound = largest * (1 - (float)i / Steps);
            for (var j = 0; j < clipped.Length; j++) clipped[j] = Math.Clamp(weights[j], -bound, bound);
            var scale = inner.Fit(clipped, column);
            inner.Round(weights, scale, codes);
            for (var j = 0; j < error.Length; j++) error[j] = (double)weights[j] - inner.Value(codes[j], scale);
            var sum = OutputError.Quadratic(error, moments, columns, column);
            if (sum < least) (best, least) = (scale, sum);
        }
        return best;
    }

    public override void Round(ReadOnlySpan<float> weights, BlockScale scale, Span<byte> codes) => inner.Round(weights, scale, codes);

    public override float Value(byte code, BlockScale scale) => inner.Value(code, scale);
}
