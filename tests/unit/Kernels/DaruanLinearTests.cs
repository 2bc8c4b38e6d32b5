using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Layers of QKAN: closed values, and function against kernel.</summary>
public sealed class DaruanLinearTests
{
    static readonly ElementType[] Elements = [ElementType.Float, ElementType.Float16, ElementType.BFloat16];

    // A rotation by x between (0, π/3) and (0, π/2) leaves z = -cos(x)/2.
    [Fact]
    public void An_edge_is_what_its_rotations_leave_to_measure()
    {
        AssertNear([-.5f, -.2701512f], Result("DaruanLinear", [Floats([2, 1], 0, 1), Floats([1, 3, 1], 0, -.5f, 0), Floats([1], 0)]));
        AssertNear([-.3660254f, -.1928265f], Result("DaruanLinear", [Floats([2, 1], 0, 1), Floats([1, 4, 1], 0, -.5f, 0, 1), Floats([1], 0)], ("fast", 1L)));
    }

    [Fact]
    public void Edges_are_summed_over_the_inputs_with_silu_beside_them()
    {
        // Inputs 0 and 1, outputs with factors (2, 3) and (1, -1), bases (0, 1) and (1, 2), and silu(1) = 0.7310586.
        float[] weights = [0, 0, -.5f, -.5f, 0, 0, 2, 1, 0, 1, 0, 0, -.5f, -.5f, 0, 0, 3, -1, 1, 2];
        AssertNear([2 * -.3660254f + 3 * -.1928265f + .7310586f + 10, -.3660254f + .1928265f + 2 * .7310586f + 20],
            Result("DaruanLinear", [Floats([2], 0, 1), Floats([2, 5, 2], weights), Floats([2], 10, 20)], ("fast", 1L), ("base", 1L)));
    }

    [Fact]
    public void Harmonics_are_multiples_of_the_frequency()
    {
        float Wave(double x) => (float)(0.25 + 0.5 * Math.Cos(1.5 * x) - Math.Sin(1.5 * x) + 2 * Math.Cos(3 * x) + 3 * Math.Sin(3 * x));
        AssertNear([Wave(0.7), Wave(-2)], Result("DaruanLinear", [Floats([2, 1], 0.7f, -2), Floats([1, 5, 1], .25f, .5f, -1, 2, 3), Floats([1], 0)], ("frequency", 1.5f)));
    }

    [Fact]
    public void Expectations_are_held_to_what_they_can_be() =>
        AssertNear([1, -1], Result("DaruanLinear", [Floats([1], 0), Floats([1, 4, 2], 1, -1, 1, -1, 0, 0, 1, 1), Floats([2], 0, 0)], ("fast", 1L)));

    static TensorData[] Inputs(SplitMix random, ElementType element, long[] shape, int inputs, int outputs, int terms)
    {
        return [Random([.. shape, inputs], 3), Random([inputs, terms, outputs], 0.3), Random([outputs], 1)];

        TensorData Random(long[] dims, double scale) => TensorNumbers.Pack(element, dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => scale * random.Normal())]);
    }

    [Fact]
    public void Function_and_kernel_agree_for_all_shapes_and_types()
    {
        var random = new SplitMix(7);
        foreach (var element in Elements)
            foreach (var (inputs, outputs) in new[] { (1, 1), (3, 17), (64, 64), (70, 5) })
                foreach (var shape in new long[][] { [], [1], [2, 3], [0], [37] })
                    foreach (var (count, fast, hasBase) in new[] { (3, 0, 0), (7, 0, 1), (7, 1, 1), (9, 1, 0) })
                        AssertAgree(Inputs(random, element, shape, inputs, outputs, count + fast + hasBase), inputs == 3 ? [17, 18, 21, 25] : [21], ("fast", (long)fast), ("base", (long)hasBase), ("frequency", 1.25f));
    }

    static void AssertAgree(TensorData[] inputs, long[] opsets, params (string, AttributeValue)[] attributes)
    {
        var step = inputs[0].Element switch { ElementType.Float16 => 1 / 1024.0, ElementType.BFloat16 => 1 / 128.0, _ => 0 };
        // The root of z near 1 and -1 is steep: it has half the digits of z.
        var magnitude = TensorNumbers.Read(inputs[1]).Max(Math.Abs) * inputs[1].Dims[0] * inputs[1].Dims[1];
        var tolerance = attributes.Contains(("fast", 1L)) ? 3e-5 : 1e-6;
        foreach (var opset in opsets)
        {
            var model = ModelOf("DaruanLinear", inputs, opset, attributes);
            var (expected, actual) = (Run(model, inputs, Body), Run(model, inputs, Kernel with { Threads = 2 }));
            Assert.Equal(expected.Dims, actual.Dims);
            foreach (var (a, b) in TensorNumbers.Read(expected).Zip(TensorNumbers.Read(actual)))
                if (!a.Equals(b) && !(Math.Abs(a - b) <= tolerance * magnitude + step * Math.Abs(a))) Assert.Fail($"{a:R} and {b:R} of {inputs[0].Type}, {inputs[1].Type}");
        }
    }

    [Fact]
    public void A_result_does_not_depend_on_the_number_of_threads()
    {
        var inputs = Inputs(new SplitMix(5), ElementType.Float, [100], 20, 33, 8);
        var model = ModelOf("DaruanLinear", inputs, 21, ("fast", 1L));
        Assert.True(Run(model, inputs, Kernel with { Threads = 2 }).ContentEquals(Run(model, inputs, Kernel)));
    }

    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(float.NaN, 1)]
    [InlineData(float.PositiveInfinity, 0)]
    [InlineData(float.NegativeInfinity, 1)]
    public void What_is_no_number_makes_its_row_NaN(float value, long fast)
    {
        var inputs = Inputs(new SplitMix(3), ElementType.Float, [2], 5, 4, 3 + (int)fast);
        var x = inputs[0].ToArray<float>();
        x[2] = value;
        inputs[0] = TensorData.Floats(x, 2, 5);
        foreach (var settings in new[] { Body, Kernel })
        {
            var y = Run(ModelOf("DaruanLinear", inputs, 21, ("fast", fast)), inputs, settings).ToArray<float>();
            Assert.All(y[..4], v => Assert.True(float.IsNaN(v)));
            Assert.All(y[4..], v => Assert.True(float.IsFinite(v)));
        }
    }

    [Theory]
    [InlineData(1, 0L, "`weights` has the shape [4], but must be [I, terms, O] for `x` of the shape [2, 5]")]
    [InlineData(2, 0L, "`bias` has the shape [4], but must be [3]")]
    [InlineData(-1, 1L, "needs an odd number from 3 to 65 of coefficients, and has 4")]
    public void Shapes_that_do_not_fit_are_named(int input, long fast, string message)
    {
        var inputs = Inputs(new SplitMix(1), ElementType.Float, [2], 5, 3, 5);
        if (input >= 0) inputs[input] = Floats([4], 1, 2, 3, 4);
        Assert.Contains(message, Error(ModelOf("DaruanLinear", inputs, 21, ("fast", fast)), inputs, Kernel), StringComparison.Ordinal);
    }

    /// <summary>The last extent is that of the outputs, which ONNX Runtime learns from the kernel.</summary>
    [Theory]
    [InlineData("AfKanLinear")]
    [InlineData("DaruanLinear")]
    [InlineData("KanLinear")]
    public void Shapes_of_layers_that_are_not_square_are_inferred(string op)
    {
        TensorData[] inputs = op switch
        {
            "AfKanLinear" => [Ones(2, 3), Ones(3, 5), Ones(5), Ones(3, 2), Ones(3), Ones(3)],
            "KanLinear" => [Ones(2, 3), Ones(3, 3, 5), Ones(5), Ones(3, 6), Ones(3), Ones(3)],
            _ => [Ones(2, 3), Ones(3, 3, 5), Ones(5)],
        };
        var model = ModelOf(op, inputs);
        foreach (var (input, data) in model.Main.Inputs.Zip(inputs)) input.SetType(new TensorType(data.Element, new Shape([.. data.Dims.Select(d => (Dim)d)])));
        model.Main.Outputs[0].SetType(null);
        foreach (var settings in new[] { Body, Kernel })
        {
            using var loaded = OrtModel.Load(ModelWriter.ToBytes(model), settings).OrThrow();
            var type = Assert.IsType<TensorType>(loaded.Outputs[0].Type);
            Assert.Equal((2, 5), (type.Shape![0].Extent, type.Shape[1].Extent));
        }

        static TensorData Ones(params long[] dims) => TensorData.Floats([.. Enumerable.Repeat(1f, (int)dims.Aggregate(1L, (a, b) => a * b))], dims);
    }
}
