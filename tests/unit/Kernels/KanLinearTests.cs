using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Function and kernel sum in different orders, so they agree within 1e-6 of the sum of the magnitudes of the terms.</summary>
public sealed class KanLinearTests
{
    static readonly ElementType[] Elements = [ElementType.Float, ElementType.Float16, ElementType.BFloat16];

    static TensorData Normal(SplitMix random, ElementType element, params long[] dims) => Pack(element, dims, _ => random.Normal());

    static TensorData Pack(ElementType element, long[] dims, Func<int, double> number) =>
        TensorNumbers.Pack(element, dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(number)]);

    /// <summary>Knots of a B-spline of efficient-kan, centres of FastKAN, or the supports of ReLU-KAN.</summary>
    static double[] Grid(long basis, int intervals, int degree, double low = -1, double high = 1)
    {
        var width = (high - low) / intervals;
        double[] begins = [.. Enumerable.Range(-degree, intervals + degree).Select(j => low + j * width)];
        return basis switch
        {
            0 => [.. Enumerable.Range(-degree, intervals + 2 * degree + 1).Select(j => low + j * width)],
            1 => [.. begins, .. begins.Select(b => b + (degree + 1) * width)],
            _ => [.. Enumerable.Range(0, intervals + degree).Select(j => low + j * (high - low) / (intervals + degree - 1))],
        };
    }

    // One input, and an output for every basis function.
    static float[] Basis(long basis, float x, double[] grid, int terms, float factor = 1)
    {
        var weights = new float[terms * terms];
        for (var m = 0; m < terms; m++) weights[m * terms + m] = 1;
        return Result("KanLinear", [Floats([1, 1], x), Floats([1, terms, terms], weights), Floats([terms], new float[terms]),
            Floats([1, grid.Length], [.. grid.Select(g => (float)g)]), Floats([1], 1), Floats([1], 0)], ("basis", basis), ("factor", factor), ("base", 0L));
    }

    [Theory]
    [InlineData(0f, new[] { 0, 0, .020833f, .479167f, .479167f, .020833f, 0, 0 })]
    [InlineData(.3f, new[] { 0, 0, 0, .070313f, .611979f, .315104f, .002604f, 0 })]
    [InlineData(1f, new[] { 0, 0, 0, 0, 0, .166667f, .666667f, .166667f })]
    [InlineData(1.3f, new[] { 0, 0, 0, 0, 0, .002604f, .315104f, .611979f })]
    [InlineData(2.3f, new float[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void B_splines_reach_beyond_the_grid(float x, float[] expected) => AssertNear(expected, Basis(0, x, Grid(0, 5, 3), 8));

    [Fact]
    public void Hats_of_ReLU_KAN() => AssertNear([0, 0, .191406f, .878906f, .878906f, .191406f, 0, 0], Basis(1, 0.5f, Grid(1, 5, 3, 0, 1), 8, 4 * 25 / 16f));

    [Fact]
    public void Gaussians_of_FastKAN() => AssertNear([0, .000106f, .016562f, .349719f, .999375f, .386499f, .020229f, .000143f], Basis(2, 0.3f, Grid(2, 5, 3, -2, 2), 8, 7 / 4f));

    [Fact]
    public void The_last_term_is_the_base()
    {
        // silu(1) = 0.731059; the other functions have no weight.
        var weights = new float[9];
        weights[8] = 2;
        var y = Result("KanLinear", [Floats([1], 1), Floats([1, 9, 1], weights), Floats([1], 0.5f), Floats([1, 12], [.. Grid(0, 5, 3).Select(g => (float)g)]), Floats([1], 1), Floats([1], 0)]);
        AssertNear([2 * 0.7310586f + 0.5f], y);
    }

    [Fact]
    public void Only_the_functions_see_the_normalization()
    {
        // (1, 3) is (-1, 1) then, times 2, plus 1.
        float[] weights = [0, 1, 0, 0, 0, 1];
        var y = Result("KanLinear", [Floats([1, 2], 1, 3), Floats([2, 3, 1], weights), Floats([1], 0), Floats([2, 2], 3, -1, 0, 7), Floats([2], 2, 2), Floats([2], 1, 1)],
            ("basis", 2L), ("normalize", 1L), ("epsilon", 0f));
        // Input 1 has exp(-(-1 + 1)²) = 1; input 2 the base alone.
        AssertNear([1 + 3 / (1 + MathF.Exp(-3))], y);
    }

    static TensorData[] Inputs(SplitMix random, ElementType element, long[] rows, int inputs, int outputs, long basis, int degree, bool hasBase, bool isEven)
    {
        const int Intervals = 5;
        var (grid, terms) = (Grid(basis, Intervals, degree), Intervals + degree);
        double[] all = [.. Enumerable.Range(0, inputs).SelectMany(i => grid.Select(g => g * (1 + 0.1 * (i % 3)) + (isEven ? 0 : 0.1 * Math.Sin(g + i))))];
        return
        [
            Normal(random, element, [.. rows, inputs]),
            Normal(random, element, inputs, terms + (hasBase ? 1 : 0), outputs),
            Normal(random, element, outputs),
            Pack(element, [inputs, grid.Length], i => all[i]),
            Normal(random, element, inputs),
            Normal(random, element, inputs),
        ];
    }

    [Fact]
    public void Function_and_kernel_agree_for_all_shapes_and_types()
    {
        var random = new SplitMix(7);
        long[][] rows = [[], [1], [2, 3], [0], [37], [64]];
        foreach (var element in Elements)
            foreach (var (inputs, outputs) in new[] { (1, 1), (3, 17), (64, 64), (70, 5) })
                foreach (var shape in rows)
                    foreach (var basis in new long[] { 0, 1, 2 })
                        foreach (var (degree, hasBase, isEven, normalize) in new[] { (3, true, true, false), (3, false, false, true), (2, true, true, false), (1, true, false, false) })
                        {
                            var data = Inputs(random, element, shape, inputs, outputs, basis, degree, hasBase, isEven);
                            AssertAgree(data, inputs == 3 && shape.Length == 0 ? [17, 18, 21, 25] : [21], ("basis", basis), ("degree", degree), ("base", hasBase ? 1L : 0), ("normalize", normalize ? 1L : 0), ("factor", 1.5f));
                        }
    }

    static void AssertAgree(TensorData[] inputs, long[] opsets, params (string, AttributeValue)[] attributes)
    {
        var step = inputs[0].Element switch { ElementType.Float16 => 1 / 1024.0, ElementType.BFloat16 => 1 / 128.0, _ => 0 };
        // Functions are below 4 here, and so are numbers; weights may be larger.
        var magnitude = 4 * TensorNumbers.Read(inputs[1]).Max(Math.Abs) * inputs[1].Dims[0] * inputs[1].Dims[1];
        foreach (var opset in opsets)
        {
            var model = ModelOf("KanLinear", inputs, opset, attributes);
            var (expected, actual) = (Run(model, inputs, Body), Run(model, inputs, Kernel with { Threads = 2 }));
            Assert.Equal(expected.Dims, actual.Dims);
            foreach (var (a, b) in TensorNumbers.Read(expected).Zip(TensorNumbers.Read(actual)))
                if (!a.Equals(b) && !(Math.Abs(a - b) <= 1e-6 * magnitude + step * Math.Abs(a))) Assert.Fail($"{a:R} and {b:R} of {inputs[0].Type}, {inputs[1].Type}, {string.Join(", ", attributes.Select(p => $"{p.Item1}={(p.Item2 as IntAttribute)?.Value}"))}");
        }
    }

    [Fact]
    public void A_result_does_not_depend_on_the_number_of_threads()
    {
        var inputs = Inputs(new SplitMix(5), ElementType.Float, [100], 20, 33, 0, 3, true, true);
        var model = ModelOf("KanLinear", inputs);
        Assert.True(Run(model, inputs, Kernel with { Threads = 2 }).ContentEquals(Run(model, inputs, Kernel)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void NaN_makes_its_row_NaN(long isEven)
    {
        var inputs = Inputs(new SplitMix(3), ElementType.Float, [2], 5, 4, 0, 3, true, isEven == 1);
        var x = inputs[0].ToArray<float>();
        x[2] = float.NaN;
        inputs[0] = TensorData.Floats(x, 2, 5);
        foreach (var settings in new[] { Body, Kernel })
        {
            var y = Run(ModelOf("KanLinear", inputs), inputs, settings).ToArray<float>();
            Assert.All(y[..4], v => Assert.True(float.IsNaN(v)));
            Assert.All(y[4..], v => Assert.True(float.IsFinite(v)));
        }
    }

    [Theory]
    [InlineData(1, "`weights` has the shape [4], but must be [I, terms, O] for `x` of the shape [2, 5]")]
    [InlineData(2, "`bias` has the shape [4], but must be [3]")]
    [InlineData(3, "`grid` has the shape [4], but must be [5, 12] for `weights` of the shape [5, 9, 3]")]
    [InlineData(5, "`shift` has the shape [4], but must be [5]")]
    public void Shapes_that_do_not_fit_are_named(int input, string message)
    {
        var inputs = Inputs(new SplitMix(1), ElementType.Float, [2], 5, 3, 0, 3, true, true);
        inputs[input] = Floats([4], 1, 2, 3, 4);
        Assert.Contains(message, Error(ModelOf("KanLinear", inputs), inputs, Kernel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("basis", 3L, "attribute `basis` is 3, but must be 0, 1 or 2")]
    [InlineData("degree", 0L, "attribute `degree` is 0, but must be 1 to 8")]
    [InlineData("base", 2L, "attribute `base` is 2, but must be 0 or 1")]
    public void Wrong_attributes_are_named(string attribute, long value, string message)
    {
        var inputs = Inputs(new SplitMix(1), ElementType.Float, [2], 5, 3, 0, 3, true, true);
        Assert.Contains(message, Error(ModelOf("KanLinear", inputs, 21, (attribute, value)), inputs, Kernel), StringComparison.Ordinal);
    }
}
