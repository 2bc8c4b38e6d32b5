using Onnxc.IR;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Values worked out by hand, through kernel and function alike.</summary>
public sealed class ClosedValueTests
{
    [Fact]
    public void PolyReLU_is_a_cubic_of_the_positive_part() =>
        AssertNear([0, 0.2916667f, 4.6666667f], Result("PolyReLU", Floats([3], -1, 0.5f, 2)));

    [Fact]
    public void PolyReLU_has_any_order_and_a_bias() =>
        AssertNear([2 * 16 + 8 - 4 + 6 + 0.5f, 0.5f], Result("PolyReLU", Floats([2], 2, -3),
            ("weights", new FloatsAttribute([2, 1, -1, 3])), ("bias", 0.5f)));

    [Fact]
    public void PolyNorm_normalises_every_power_by_itself() =>
        AssertNear([0.166683f, 0.461432f, 0.941450f, 1.663938f, -0.212243f, 0.196162f, 1.888929f, 0],
            Result("PolyNorm", Floats([2, 4], 1, 2, 3, 4, -1, 0.5f, 2, 0)));

    [Fact]
    public void PolyNorm_gives_its_first_weight_to_the_highest_power()
    {
        // mean(x²) = 2.5 and mean(x⁴) = 8.5 for x = (1, 2).
        float[] expected = [2 / MathF.Sqrt(8.5f) + 3 / MathF.Sqrt(2.5f) + 1, 8 / MathF.Sqrt(8.5f) + 6 / MathF.Sqrt(2.5f) + 1];
        AssertNear(expected, Result("PolyNorm", Floats([2], 1, 2), ("weights", new FloatsAttribute([2, 3])), ("bias", 1f), ("epsilon", 0f)));
    }

    /// <summary>A cube of such numbers is beyond float16, and so is a square of 256.</summary>
    [Fact]
    public void PolyNorm_takes_the_largest_float16_numbers()
    {
        var x = TensorData.Of<Half>(ElementType.Float16, [2, 4], [(Half)60000, (Half)(-60000), (Half)300, (Half)0, (Half)1, (Half)2, (Half)3, (Half)4]);
        foreach (var settings in new[] { Body, Kernel })
        {
            var y = Run(ModelOf("PolyNorm", [x]), [x], settings).ToArray<Half>();
            // Two of four numbers are as large: each power is ±√2 there, an even one √2.
            Assert.Equal(MathF.Sqrt(2), (float)y[0], 2e-3f);
            Assert.Equal(-MathF.Sqrt(2) / 3, (float)y[1], 2e-3f);
            Assert.Equal(1.663938f, (float)y[7], 2e-3f);
        }
    }

    /// <summary>A sixth power of such numbers is beyond float32; what is left of N(v) is v over the root of its mean square.</summary>
    [Theory]
    [InlineData(1e6f)]
    [InlineData(1e12f)]
    [InlineData(1e30f)]
    [InlineData(3e38f)]
    public void PolyNorm_takes_large_numbers(float scale)
    {
        foreach (var length in new[] { 4, 4096 })
        {
            float[] row = [.. Enumerable.Range(0, length).Select(i => scale * ((i % 4 + 1) / 4f))];
            AssertNear([0.166683f, 0.461432f, 0.941450f, 1.663938f], Result("PolyNorm", Floats([1, length], row))[..4]);
        }
        // 1, 2, …, 32 times the root of 2 or nothing, whatever the order; even powers lose their sign.
        AssertNear([32 * MathF.Sqrt(2), 0, 0, 0, 0, 32 * MathF.Sqrt(2)],
            [.. Result("PolyNorm", Floats([1, 2], scale, 0), Ones(32)), .. Result("PolyNorm", Floats([1, 4], -scale, 0, 0, scale), Ones(32))], 5e-5f);

        static (string, AttributeValue) Ones(int order) => ("weights", new FloatsAttribute([.. Enumerable.Repeat(1f, order)]));
    }

    [Fact]
    public void PolyNorm_scales_every_row_by_itself()
    {
        float[] x = [1e30f, 2e30f, 3e30f, 4e30f, 1, 2, 3, 4, 1e30f, 1, 0, -1e-30f, 1e7f, -1e7f, 1, 1e-7f];
        float big = 2, equal = MathF.Sqrt(2);
        AssertNear([0.166683f, 0.461432f, 0.941450f, 1.663938f, 0.166683f, 0.461432f, 0.941450f, 1.663938f, big, 0, 0, 0, equal, -equal / 3, equal / 3 * 1e-7f, 0], Result("PolyNorm", Floats([4, 4], x)));
    }

    [Fact]
    public void ClippedActivation_zeroes_what_is_out_of_bounds() =>
        AssertNear([0, 0, 3, 6, 0, 0, 0, 0], Clipped(saturate: false));

    [Fact]
    public void ClippedActivation_saturates_on_request() =>
        AssertNear([0, 0, 3, 6, 6, 6, 6, 0], Clipped(saturate: true));

    static float[] Clipped(bool saturate) => Result("ClippedActivation",
        [Floats([8], -2, 0, 3, 6, 6.0001f, 1e31f, float.PositiveInfinity, float.NaN), Floats([], 0), Floats([], 6)],
        ("saturate", saturate ? 1L : 0L));

    [Fact]
    public void ClippedActivation_takes_bounds_for_every_channel()
    {
        float[] x = [.. Enumerable.Range(0, 12).Select(i => (float)i)];
        AssertNear([0, 1, 2, 3, 0, 0, 0, 0, 8, 9, 10, 0],
            Result("ClippedActivation", [Floats([1, 3, 2, 2], x), Floats([], 0), Floats([3, 1, 1], 3, 3, 10)]));
    }

    [Theory]
    [InlineData(0L, new[] { 0, 0, 3, 0, 0, 1.4f, 0, 0 })]
    [InlineData(1L, new[] { 0, 0, 1.746724f, 0, 0, 0.146724f, 0, 0 })]
    public void StatisticalTopK_keeps_what_exceeds_the_threshold(long soft, float[] expected) =>
        AssertNear(expected, Result("StatisticalTopK", Floats([8], 0.2f, -1, 3, 0.5f, -0.3f, 1.4f, -2, 0.6f), ("multiplier", 0.6744898f), ("soft", soft)));

    /// <summary>The basis functions of a cubic B-spline with five intervals on [-1, 1], by the conversion to cubics that the function of the operator is fed with.</summary>
    [Theory]
    [InlineData(0f, new[] { 0, 0, .020833f, .479167f, .479167f, .020833f, 0, 0 })]
    [InlineData(.3f, new[] { 0, 0, 0, .070313f, .611979f, .315104f, .002604f, 0 })]
    [InlineData(1f, new[] { 0, 0, 0, 0, 0, .166667f, .666667f, .166667f })]
    public void SplineActivation_holds_B_splines(float x, float[] basis)
    {
        for (var m = 0; m < basis.Length; m++)
        {
            var control = new float[8];
            control[m] = 1;
            var coefficients = Enumerable.Range(0, 5).SelectMany(i => Cubic(control[i], control[i + 1], control[i + 2], control[i + 3]));
            var y = Result("SplineActivation", Floats([1], x), ("coefficients", new FloatsAttribute([.. coefficients])),
                ("low", -1f), ("high", 1f), ("right_slope", 0f));
            AssertNear([basis[m]], y);
        }

        static IEnumerable<float> Cubic(float a, float b, float c, float d) =>
            [(a + 4 * b + c) / 6, (c - a) / 2, (a - 2 * b + c) / 2, (-a + 3 * b - 3 * c + d) / 6];
    }

    [Fact]
    public void SplineActivation_keeps_to_its_asymptotes()
    {
        var y = Result("SplineActivation", Floats([6], -100, float.NegativeInfinity, 100, float.PositiveInfinity, float.NaN, 2),
            ("coefficients", new FloatsAttribute([1, 0, 0, 0, 1, 1, 0, 0])), ("low", 0f), ("high", 2f));
        AssertNear([1, 1, 102, float.PositiveInfinity, float.NaN, 4], y);
    }
}
