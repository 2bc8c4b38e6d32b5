namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// Factors of input channels that make weights which matter finer: <c>W·diag(s)</c> is quantized, and the input divided by s. The exponent of the mean
/// magnitude of activations is searched for (Lin et al., AWQ, 2023).
/// </summary>
static class ActivationScales
{
    const int Points = 20;

    // Rows that the error is measured on: enough to choose among twenty candidates.
    const int Rows = 256;

    const double Least = 1e-4;

    /// <summary><c>s = magnitude^exponent</c>, divided by the root of the product of its extremes.</summary>
    public static float[] Of(ReadOnlySpan<double> magnitudes, double exponent)
    {
        var scales = new double[magnitudes.Length];
        for (var i = 0; i < scales.Length; i++) scales[i] = Math.Max(Least, Math.Pow(magnitudes[i], exponent));
        var middle = Math.Sqrt(scales.Max() * scales.Min());
        return Array.ConvertAll(scales, s => (float)(s / middle));
    }

    /// <summary>The factors with which all of <paramref name="matrices"/>, which have the same input, come out best; null when none help.</summary>
    public static float[]? Search(IReadOnlyList<WeightMatrix> matrices, int block, WeightGrid grid, ReadOnlySpan<double> magnitudes, double[] moments)
    {
        float[]? best = null;
        var least = double.PositiveInfinity;
        for (var i = 0; i < Points; i++)
        {
            var scales = Of(magnitudes, (double)i / Points);
            var error = matrices.Sum(m => Error(m, block, grid, scales, moments));
            if (error >= least) continue;
            (least, best) = (error, i == 0 ? null : scales);
        }
        return best;
    }

    static double Error(WeightMatrix weights, int block, WeightGrid grid, float[] scales, double[] moments)
    {
        var scaled = weights.With(scales);
        var extent = block == 0 ? weights.Columns : block;
        return OutputError.Of(weights, (row, values) =>
        {
            scaled.ReadRow(row, values);
            for (var start = 0; start < values.Length; start += extent)
            {
                var part = values.AsSpan(start, Math.Min(extent, values.Length - start));
                var codes = new byte[part.Length];
                var scale = grid.Fit(part, start);
                grid.Round(part, scale, codes);
                for (var i = 0; i < part.Length; i++) part[i] = grid.Value(codes[i], scale) / scales[start + i];
            }
        }, moments, Rows);
    }

    /// <summary>The second moments of an input that was divided by <paramref name="scales"/>.</summary>
    public static double[] Divide(double[] moments, float[] scales)
    {
        var divided = new double[moments.Length];
        for (var i = 0; i < moments.Length; i++) divided[i] = moments[i] / scales[i / scales.Length] / scales[i % scales.Length];
        return divided;
    }
}
