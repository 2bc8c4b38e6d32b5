using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Function and kernel against the layer written out in double precision.</summary>
public sealed class AfKanLinearTests
{
    static readonly double[][] Formulas = [[0, 0, 0, 0, 1, 0], [0, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 1]];

    static double Act(long kind, double x) => kind switch { 0 => x / (1 + Math.Exp(-x)), 1 => Math.Max(0, x), 2 => 1 / (1 + Math.Exp(-x)), _ => Math.Tanh(x) };

    static double Function(double[] f, double a, double c) =>
        f[0] * (a + c) + f[1] * a * c + f[2] * (a * a + c * c) + f[3] * (a + c) * (a * a + c * c) + f[4] * Math.Pow(a * c, 2) + f[5] * Math.Pow(a * c, 3);

    static double[] Expected(TensorData[] inputs, double[] factors, long kind, bool attends, double offset, bool normalizes)
    {
        var n = Array.ConvertAll(inputs, t => TensorNumbers.Read(t));
        var (width, columns, terms) = ((int)inputs[1].Dims[0], (int)inputs[1].Dims[1], (int)inputs[3].Dims[1]);
        var y = new List<double>();
        foreach (var x in n[0].Chunk(width))
        {
            double[][] phi = [.. x.Select(v => Enumerable.Range(0, terms).Select(m => Function(factors, Act(kind, v - n[3][m]), Act(kind, n[3][terms + m] - v))).ToArray())];
            double[] scores = [.. phi.Select(p => p.Select((v, m) => v * n[3][2 * terms + m]).Sum())];
            var total = scores.Sum(s => Math.Exp(s - scores.Max()));
            double[] u = [.. phi.Select((p, i) => attends ? p.Sum() * Math.Exp(scores[i] - scores.Max()) / total : scores[i] + offset)];
            var mean = u.Average();
            var deviation = Math.Sqrt(u.Average(v => (v - mean) * (v - mean)) + 1e-5f);
            double[] hidden = [.. u.Select((v, i) => Act(kind, (normalizes ? (v - mean) / deviation : v) * n[4][i] + n[5][i]))];
            y.AddRange(Enumerable.Range(0, columns).Select(o => n[2][o] + hidden.Select((h, i) => h * n[1][i * columns + o]).Sum()));
        }
        return [.. y];
    }

    static TensorData Normal(SplitMix random, ElementType element, params long[] dims) =>
        TensorNumbers.Pack(element, dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => random.Normal())]);

    static TensorData[] Inputs(SplitMix random, ElementType element, long[] rows, int inputs, int outputs, double far = 0)
    {
        double[] lows = [.. Enumerable.Range(-3, 8).Select(j => j / 5.0 - far)];
        return
        [
            Normal(random, element, [.. rows, inputs]), Normal(random, element, inputs, outputs), Normal(random, element, outputs),
            TensorNumbers.Pack(element, [3, 8], [.. lows, .. lows.Select(l => l + 0.8 + 2 * far), .. lows.Select(l => l / 3)]),
            Normal(random, element, inputs), Normal(random, element, inputs),
        ];
    }

    [Fact]
    public void Function_and_kernel_are_the_layer()
    {
        var random = new SplitMix(11);
        foreach (var factors in Formulas)
            foreach (var kind in new long[] { 0, 1, 2, 3 })
                foreach (var (attends, normalizes) in new[] { (true, true), (false, true), (true, false), (false, false) })
                    foreach (var (rows, inputs, outputs) in new[] { (new long[] { 7 }, 64, 64), ([2, 3], 3, 17), ([], 1, 2), ([0], 5, 4), ([37], 70, 5) })
                        AssertNear(Inputs(random, ElementType.Float, rows, inputs, outputs), factors, kind, attends, normalizes, 2e-5);
    }

    /// <summary>Ends far from zero, whose exponentials are beyond floats.</summary>
    [Fact]
    public void Ends_may_lie_far_out() => AssertNear(Inputs(new SplitMix(2), ElementType.Float, [9], 20, 3, 100), [0, 0, 1e-4, 0, 0, 0], 0, true, true, 1e-3);

    [Theory]
    [InlineData(ElementType.Float16, 4e-3)]
    [InlineData(ElementType.BFloat16, 3e-2)]
    public void Other_types_round_once(ElementType element, double tolerance) => AssertNear(Inputs(new SplitMix(4), element, [5], 12, 9), Formulas[0], 0, true, true, tolerance);

    static void AssertNear(TensorData[] inputs, double[] factors, long kind, bool attends, bool normalizes, double tolerance)
    {
        // What normalization would cancel stays out of it, since it costs digits.
        var offset = normalizes ? 0 : 0.5f;
        var expected = Expected(inputs, factors, kind, attends, offset, normalizes);
        var model = ModelOf("AfKanLinear", inputs, 21, ("factors", new FloatsAttribute([.. factors.Select(f => (float)f)])), ("activation", kind), ("attention", attends ? 1L : 0), ("offset", offset), ("normalize", normalizes ? 1L : 0));
        // Relative to the largest sum of magnitudes, as numbers that cancel are only as exact as those.
        var scale = Math.Max(1, expected.Select(Math.Abs).DefaultIfEmpty(0).Max());
        foreach (var settings in new[] { Body, Kernel with { Threads = 2 } })
        {
            var actual = TensorNumbers.Read(Run(model, inputs, settings));
            Assert.Equal(expected.Length, actual.Length);
            for (var i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"{expected[i]:R} and {actual[i]:R} of {inputs[0].Type}, activation {kind}, factors {string.Join(' ', factors)}, attention {attends}, normalization {normalizes}");
        }
    }

    /// <summary>One input and function, whose ends are 0 and 1: silu(0.5)² each, their product squared, and its softmax is 1.</summary>
    [Fact]
    public void One_function_in_the_middle_of_its_ends()
    {
        const double Silu = 0.5 * 0.6224593312018546;
        var u = Math.Pow(Silu, 4);
        var y = Result("AfKanLinear", [Floats([1], 0.5f), Floats([1, 1], 1), Floats([1], 0), Floats([3, 1], 0, 1, 1), Floats([1], 100), Floats([1], 0)], ("normalize", 0L));
        Assert.Equal((float)Act(0, 100 * u), y[0], 1e-6f);
    }

    [Theory]
    [InlineData("factors", "attribute `factors` is [1], but needs 6 numbers")]
    [InlineData("activation", "attribute `activation` is 4, but must be 0 to 3")]
    [InlineData("attention", "attribute `attention` is 4, but must be 0 or 1")]
    [InlineData("normalize", "attribute `normalize` is 4, but must be 0 or 1")]
    public void Wrong_attributes_are_named(string attribute, string message)
    {
        var inputs = Inputs(new SplitMix(1), ElementType.Float, [2], 5, 3);
        AttributeValue value = attribute == "factors" ? new FloatsAttribute([1]) : 4L;
        Assert.Contains(message, Error(ModelOf("AfKanLinear", inputs, 21, (attribute, value)), inputs, Kernel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "`weights` has the shape [4], but must be [I, O] for `x` of the shape [2, 5]")]
    [InlineData(2, "`bias` has the shape [4], but must be [3]")]
    [InlineData(3, "`grid` has the shape [4], but must be [3, functions]")]
    [InlineData(5, "`shift` has the shape [4], but must be [5]")]
    public void Shapes_that_do_not_fit_are_named(int input, string message)
    {
        var inputs = Inputs(new SplitMix(1), ElementType.Float, [2], 5, 3);
        inputs[input] = Floats([4], 1, 2, 3, 4);
        Assert.Contains(message, Error(ModelOf("AfKanLinear", inputs), inputs, Kernel), StringComparison.Ordinal);
    }
}
