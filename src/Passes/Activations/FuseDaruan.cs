using MathNet.Numerics.IntegralTransforms;
using Onnxc.IR;
using Onnxc.Operators;

namespace Onnxc.Passes.Activations;

/// <summary>
/// Rotations of a qubit by x and by constants, in real numbers, and what is measured of it <c>-> Daruan(x)</c>. That is a sum of harmonics of x, or for the difference of the
/// magnitudes of the amplitudes a function of one: recognised by its values, whatever rotations there are and however they are written.
/// </summary>
[Pass("fuse-daruan", "measure(RZ(x)·RY·RZ·…) -> Daruan(x), a sum of harmonics", Numerics = Numerics.Rounding)]
public sealed class FuseDaruan : GraphPass
{
    const int LeastNodes = 5, MostNodes = 400, MostHarmonics = 32, Samples = 2 * MostHarmonics + 2, Checks = 61;
    const double Noise = 1e-9, Tolerance = 1e-6;

    protected override void Run(Graph graph, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(cx);
        if (graph.Function?.Id.Domain == OperatorLibrary.Domain || !graph.Nodes.Any(IsWave)) return;
        cx.InferTypes(graph.Model);
        foreach (var function in PointwiseFunction.In(graph, IsWave, MostNodes).ToList())
        {
            if (function.Nodes.Count < LeastNodes || !cx.Selects(function.Anchor)) continue;
            if (Frequency(function) is not { } frequency || Measured(function, frequency) is not var (coefficients, isFast)) cx.Skip("it is no sum of harmonics");
            else if (PolyCom.Obstacle([.. function.Nodes], function.Nodes[^1], function.X) is { } obstacle) cx.Skip(obstacle);
            else if (cx.TryStep(function.Anchor, "fuse-daruan"))
                function.Replace(b => b.Custom("Daruan", [function.X], ("coefficients", new FloatsAttribute([.. coefficients])), ("frequency", (float)frequency), ("fast", isFast ? 1L : 0L)));
        }
    }

    static bool IsWave(Node node) => node.Op.IsStandard && node.Op.Name is "Sin" or "Cos";

    // The least of the factors that x has under sines and cosines; harmonics are multiples of it.
    static double? Frequency(PointwiseFunction function)
    {
        var slopes = function.Nodes.Where(IsWave).Select(n => n.Input(0)!).Distinct().Select(a => Math.Abs(function.Evaluate(a, 1) - function.Evaluate(a, 0))).Where(s => s > Noise).ToList();
        return slopes.Count > 0 && slopes.Min() is var least && double.IsFinite(least) ? least : null;
    }

    static (float[] Coefficients, bool IsFast)? Measured(PointwiseFunction function, double frequency)
    {
        if (Harmonics(function.Evaluate, frequency) is { } plain) return (plain, false);
        // From √((1 + z)/2) - √((1 - z)/2) back to z.
        return Harmonics(Amplitude, frequency) is { } measured ? (measured, true) : null;

        double Amplitude(double x)
        {
            var difference = function.Evaluate(x);
            var rest = 1 - difference * difference;
            return Math.Sign(difference) * Math.Sqrt(Math.Max(0, 1 - rest * rest)) is var z && Math.Abs(Math.Sqrt((1 + z) / 2) - Math.Sqrt((1 - z) / 2) - difference) <= Tolerance ? z : double.NaN;
        }
    }

    // Null when others than these harmonics take part.
    static float[]? Harmonics(Func<double, double> function, double frequency)
    {
        double[] samples = [.. Enumerable.Range(0, Samples).Select(i => function(2 * Math.PI * i / Samples / frequency)), 0, 0];
        Fourier.ForwardReal(samples, Samples, FourierOptions.NoScaling);
        if (!samples.All(double.IsFinite)) return null;
        var highest = MostHarmonics;
        while (highest > 0 && Math.Abs(samples[2 * highest]) <= Noise * Samples && Math.Abs(samples[2 * highest + 1]) <= Noise * Samples) highest--;
        if (highest is 0 or MostHarmonics) return null;
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
