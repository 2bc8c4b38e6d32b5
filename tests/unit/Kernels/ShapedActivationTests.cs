using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Dice, staircases of sigmoids, and rotations of a qubit: closed values, and function against kernel.</summary>
public sealed class ShapedActivationTests
{
    static readonly (double Z, double Y)[] One = [(0, Math.PI / 3), (0, Math.PI / 2)], Three = [(.3, .7), (-.4, 1.1), (.2, -.6), (.9, .5)];

    /// <summary>Mean 1, variance 4, slope 0.25: a scale of 1/2 and a shift of -1/2.</summary>
    [Fact]
    public void Dice_is_soft_around_the_mean() => AssertNear([-.773638f, 0, .625f, 2.394882f],
        Result("Dice", [Floats([4], -2, 0, 1, 3), Floats([], .5f), Floats([], -.5f), Floats([], .25f)]));

    [Fact]
    public void Dice_takes_parameters_for_every_channel()
    {
        // Channel 0 as above, channel 1 with a slope of 1, which changes nothing.
        AssertNear([-.773638f, .625f, 5, -7], Result("Dice", [Floats([1, 2, 2], -2, 1, 5, -7), Floats([2, 1], .5f, 3), Floats([2, 1], -.5f, 1), Floats([2, 1], .25f, 1)]));
    }

    [Fact]
    public void Dice_wants_parameters_of_one_shape()
    {
        TensorData[] inputs = [Floats([2, 2], 1, 2, 3, 4), Floats([2], 1, 2), Floats([], 1), Floats([2], 1, 2)];
        Assert.Contains("`shift` has the shape [], but must have that of `scale`, [2]", Error(ModelOf("Dice", inputs), inputs, Kernel), StringComparison.Ordinal);
    }

    [Fact]
    public void Three_levels_of_a_staircase() => AssertNear([.006739f, 1.000553f, 1.5f, 1.999447f, 2.993261f],
        Result("MultiLevelActivation", Floats([5], -1, -.25f, 0, .25f, 1), ("slope", 10f), ("shifts", new FloatsAttribute([-5, 0, 5]))));

    // The vector of Bloch: rotations about Z by constants and by x, and about Y by constants.
    static double Rotated((double Z, double Y)[] angles, double x)
    {
        var (a, b, c) = (1.0, 0.0, 0.0);
        for (var l = 0; l < angles.Length; l++)
        {
            if (l > 0) TurnZ(x);
            TurnZ(angles[l].Z);
            (a, c) = (a * Math.Cos(angles[l].Y) + c * Math.Sin(angles[l].Y), -a * Math.Sin(angles[l].Y) + c * Math.Cos(angles[l].Y));
        }
        return c;

        void TurnZ(double angle) => (a, b) = (a * Math.Cos(angle) - b * Math.Sin(angle), a * Math.Sin(angle) + b * Math.Cos(angle));
    }

    // Harmonics from as many samples as there are coefficients.
    static FloatsAttribute Harmonics((double Z, double Y)[] angles)
    {
        var count = 2 * (angles.Length - 1) + 1;
        double Mean(Func<double, double> wave) => Enumerable.Range(0, count).Average(i => 2 * Math.PI * i / count is var x ? Rotated(angles, x) * wave(x) : 0);
        return new([(float)Mean(_ => 1), .. Enumerable.Range(1, angles.Length - 1).SelectMany(k => new[] { (float)(2 * Mean(x => Math.Cos(k * x))), (float)(2 * Mean(x => Math.Sin(k * x))) })]);
    }

    [Theory]
    [InlineData(1, 0f, -.5f, -.3660254f)]
    [InlineData(1, 1f, -.2701512f, -.1928265f)]
    [InlineData(3, .5f, -.8092035f, -.6422395f)]
    public void Rotations_of_a_qubit(int repetitions, float x, float z, float fast)
    {
        var coefficients = Harmonics(repetitions == 1 ? One : Three);
        AssertNear([z], Result("Daruan", Floats([1], x), ("coefficients", coefficients)));
        AssertNear([fast], Result("Daruan", Floats([1], x), ("coefficients", coefficients), ("fast", 1L)));
    }

    [Theory]
    [InlineData(ElementType.Float, 4e-6)]
    [InlineData(ElementType.Float16, 1e-3)]
    [InlineData(ElementType.BFloat16, 8e-3)]
    public void Function_and_kernel_agree(ElementType element, double tolerance)
    {
        var random = new SplitMix(9);
        foreach (var shape in new long[][] { [], [0], [7], [3, 70], [2, 3, 5, 4] })
        {
            var x = TensorNumbers.Pack(element, shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => 3 * random.Normal())]);
            AssertAgree("Daruan", [x], tolerance, ("coefficients", Harmonics(Three)), ("frequency", 1.25f));
            AssertAgree("MultiLevelActivation", [x], tolerance, ("slope", 3f), ("shifts", new FloatsAttribute([-3, -1, 0.5f, 2])));
            long[] parameters = shape.Length == 4 ? [3, 1, 1] : shape.Length == 2 ? [70] : [];
            TensorData Vector(double start) => TensorNumbers.Pack(element, parameters, [.. Enumerable.Range(0, (int)parameters.Aggregate(1L, (a, b) => a * b)).Select(i => start + i % 5 / 4.0)]);
            AssertAgree("Dice", [x, Vector(0.5), Vector(-1), Vector(-0.25)], tolerance);
        }
    }

    static void AssertAgree(string op, TensorData[] inputs, double tolerance, params (string, AttributeValue)[] attributes)
    {
        foreach (var opset in new long[] { 17, 21, 25 })
        {
            var model = ModelOf(op, inputs, opset, attributes);
            var (expected, actual) = (Run(model, inputs, Body), Run(model, inputs, Kernel));
            Assert.Equal(expected.Dims, actual.Dims);
            foreach (var (a, b) in TensorNumbers.Read(expected).Zip(TensorNumbers.Read(actual))) Assert.True(Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(a)), $"{op}: {a:R} and {b:R} of {inputs[0].Type}");
        }
    }

    [Fact]
    public void NaN_stays()
    {
        var x = Floats([3], float.NaN, 1, float.NaN);
        foreach (var settings in new[] { Body, Kernel })
        {
            Check(ModelOf("Daruan", [x], 21, ("coefficients", Harmonics(Three)), ("fast", 1L)), [x]);
            Check(ModelOf("MultiLevelActivation", [x], 21, ("shifts", new FloatsAttribute([0, 1]))), [x]);
            Check(ModelOf("Dice", [x, Floats([], 1), Floats([], 1), Floats([], 0.5f)]), [x, Floats([], 1), Floats([], 1), Floats([], 0.5f)]);

            void Check(Model model, TensorData[] inputs)
            {
                var y = Run(model, inputs, settings).ToArray<float>();
                Assert.Equal([true, false, true], y.Select(float.IsNaN));
            }
        }
    }

    [Theory]
    [InlineData("Daruan", "coefficients", 2, "needs an odd number from 3 to 65 of them, and has 2")]
    [InlineData("Daruan", "coefficients", 67, "needs an odd number from 3 to 65 of them, and has 67")]
    [InlineData("MultiLevelActivation", "shifts", 65, "needs 1 to 64 numbers")]
    public void Lists_of_a_wrong_length_are_named(string op, string attribute, int length, string message)
    {
        var x = Floats([1], 1);
        Assert.Contains(message, Error(ModelOf(op, [x], 21, (attribute, new FloatsAttribute([.. new float[length]]))), [x], Kernel), StringComparison.Ordinal);
    }
}
