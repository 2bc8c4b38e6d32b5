using MathNet.Numerics.IntegralTransforms;

namespace Onnxc.Passes.Activations;

/// <summary>Functions that are <c>c₀ + Σ aₖ·cos(k·f·x) + bₖ·sin(k·f·x)</c>, as rotations of a qubit make them: known by their values.</summary>
static class HarmonicSum
{
    const int MostHarmonics = 32, Samples = 2 * MostHarmonics + 2, Checks = 61;
    const double Noise = 1e-9, Tolerance = 1e-6;

    /// <summary>The least of the factors that x has under sines and cosines, from what these grow by from 0 to 1; harmonics are multiples of it.</summary>
    public static double? Frequency(IEnumerable<double> slopes) =>
        slopes.Select(Math.Abs).Where(s => s > Noise).DefaultIfEmpty(double.NaN).Min() is var least && double.IsFinite(least) ? least : null;

    /// <summary>z of <c>√((1 + z)/2) - √((1 - z)/2)</c>; NaN where that is none.</summary>
    public static double Expectation(double difference)
    {
        var z = difference * Math.Sqrt(Math.Max(0, 2 - difference * difference));
        return Math.Abs(Math.Sqrt((1 + z) / 2) - Math.Sqrt((1 - z) / 2) - difference) <= Tolerance ? z : double.NaN;
    }

    /// <summary>c₀, a₁, b₁, a₂, and so on; null when others than these harmonics take part.</summary>
    public static float[]? Of(Func<double, double> function, double frequency)
    {
        double[] samples = [.. Enumerable.Range(0, Samples).Select(i => function(2 * Math.PI * i / Samples / frequency)), 0, 0];
        Fourier.ForwardReal(samples, Samples, FourierOptions.NoScaling);
        if (!samples.All(double.IsFinite)) return null;
        var highest = MostHarmonics;
        while (highest > 0 && Math.Abs(samples[2 * highest]) <= Noise * Samples && Math.Abs(samples[2 * highest + 1]) <= Noise * Samples) highest--;
        if (highest == MostHarmonics) return null;
        float[] coefficients = [Rounded(samples[0] / Samples), .. Enumerable.Range(1, highest).SelectMany(k => new[] { Rounded(2 * samples[2 * k] / Samples), Rounded(-2 * samples[2 * k + 1] / Samples) })];
        // Over several periods, at places that are none of the samples.
        for (var i = 0; i < Checks; i++)
        {
            var x = (i - Checks / 2 + 0.37) / frequency;
            var sum = (double)coefficients[0];
            for (var k = 1; k <= highest; k++) sum += coefficients[2 * k - 1] * Math.Cos(k * frequency * x) + coefficients[2 * k] * Math.Sin(k * frequency * x);
            if (!(Math.Abs(sum - function(x)) <= Tolerance)) return null;
        }
        return coefficients;
    }

    // What the transform leaves of nothing is nothing.
    static float Rounded(double coefficient) => Math.Abs(coefficient) <= Noise ? 0 : (float)coefficient;
}
