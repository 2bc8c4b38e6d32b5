using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Passes.Quantization.Weights;
using Xunit;

namespace Onnxc.Tests.Passes.Quantization;

/// <summary>Values worked out by hand or in double precision elsewhere.</summary>
public sealed class ClosedWeightTests
{
    static float[] Numbers(int count, Func<int, double> number) => [.. Enumerable.Range(0, count).Select(i => (float)number(i))];

    static void AssertNear(IEnumerable<double> expected, IEnumerable<float> actual, double tolerance = 2e-6)
    {
        Assert.Equal(expected.Count(), actual.Count());
        foreach (var (a, b) in expected.Zip(actual)) Assert.Equal(a, b, tolerance);
    }

    static QuantizedMatrix Quantize(WeightGrid grid, int block, params float[][] rows) =>
        BlockQuantizer.Run(new WeightMatrix(TensorData.Floats([.. rows.SelectMany(r => r)], rows.Length, rows[0].Length), false), block, grid)!;

    [Fact]
    public void Four_bits_are_packed_with_the_low_ones_first()
    {
        var q = Quantize(new IntegerGrid(4, symmetric: true), 32, Numbers(32, k => (k - 15) / 4.0), Numbers(32, k => (16 - k) / 8.0));
        Assert.Equal([-0.5f, -0.25f], q.Scales);
        Assert.Equal("ffefdecdbcab9a897867564534231201" + "102132435465768798a9bacbdcedfeff", System.Convert.ToHexStringLower(q.Codes));
        var row = new float[32];
        q.ReadRow(0, row);
        Assert.Equal(-3.5f, row[0]);
        Assert.Equal(0.5f, row.Sum());
    }

    [Fact]
    public void Asymmetric_grids_hold_zero_and_both_extremes()
    {
        var grid = new IntegerGrid(4, symmetric: false);
        float[] weights = [-1, 0.5f, 2, 0.25f];
        var scale = grid.Fit(weights, 0);
        Assert.Equal(new BlockScale(0.2f, 5), scale);
        var codes = new byte[4];
        grid.Round(weights, scale, codes);
        Assert.Equal([0, 8, 15, 6], codes);
    }

    /// <summary>Away from the zero of the weights where the zero point is added afterwards, and from code 0 where it is added before.</summary>
    [Theory]
    [InlineData(false, new[] { 15, 7, 10, 15, 0 })]
    [InlineData(true, new[] { 15, 6, 10, 15, 0 })]
    public void Halves_round_away_from_zero(bool roundFirst, int[] expected)
    {
        var grid = new IntegerGrid(4, symmetric: true, roundFirst);
        var codes = new byte[5];
        grid.Round([6.5f, -1.5f, 1.5f, 100, -100], new(1, 8), codes);
        Assert.Equal(expected, codes.Select(c => (int)c));
    }

    [Theory]
    [InlineData(0.3, 0x2A, 0.3125)]
    [InlineData(17, 0x58, 16)]
    [InlineData(19, 0x5A, 20)]
    [InlineData(0.0009765625, 0x00, 0)]
    [InlineData(0.00098, 0x01, 0.001953125)]
    [InlineData(0.0029296875, 0x02, 0.00390625)]
    [InlineData(-3.3, 0xC5, -3.25)]
    [InlineData(448, 0x7E, 448)]
    [InlineData(464, 0x7E, 448)]
    [InlineData(1e9, 0x7E, 448)]
    public void E4m3_rounds_to_nearest_even_and_saturates(double value, int code, double rounded)
    {
        Assert.Equal(code, Codebook.E4m3.Nearest((float)value));
        Assert.Equal((float)rounded, Codebook.E4m3.Value((byte)code));
    }

    /// <summary>What ONNX Runtime writes without saturation is read as what it is.</summary>
    [Theory]
    [InlineData(464, 448)]
    [InlineData(465, double.NaN)]
    [InlineData(-465, double.NaN)]
    [InlineData(-3.3, -3.25)]
    public void E4m3_without_saturation_ends_in_NaN(double value, double rounded)
    {
        var model = Onnxc.Text.OnnxParser.Parse("""<ir_version: 9, opset_import: ["" : 19]> g (float[1] x) => (float8e4m3fn[1] y) { y = Cast <to = 17, saturate = 0> (x) }""").OrThrow();
        Assert.Equal(rounded, Assert.Single(WeightModels.Run(model, TensorData.Floats([(float)value], 1))));
    }

    [Theory]
    [InlineData(-1.2, 3, 0.0164706, 73)]
    [InlineData(0, 2.55, 0.01, 0)]
    [InlineData(-2.55, 0, 0.01, 255)]
    public void Unsigned_activations_have_scale_and_offset(double least, double most, double scale, long offset)
    {
        var (s, z) = ActivationGrid.Of(ActivationType.Uint8)!.Value.Fit(least, most);
        Assert.Equal((scale, offset), (Math.Round(s, 7), z));
    }

    [Theory]
    [InlineData(-2, 3.596)]
    [InlineData(0, 5.5)]
    [InlineData(2, 7.404)]
    public void Bits_follow_a_sigmoid(double importance, double bits) => Assert.Equal(bits, SigmoidBits.Of(importance, 3, 8), 5e-4);

    [Fact]
    public void Groups_have_scales_of_their_own()
    {
        var model = WeightModels.Product(TensorData.Floats([1.27f, -6, 0.3f, 12.7f], 2, 2));
        AssertNear([0.01, 0.1], QuantizedWeights.Of(model.Main.Nodes.Single(), 1, saturationSafe: false).Scales, 1e-8);
    }

    [Theory]
    [InlineData(17, 16)]
    [InlineData(19, 20)]
    [InlineData(465, 448)]
    [InlineData(500, 512)]
    [InlineData(1e9, 57344)]
    public void E5m2_rounds_to_nearest_even_and_saturates(double value, double rounded) =>
        Assert.Equal((float)rounded, Codebook.E5m2.Value(Codebook.E5m2.Nearest((float)value)));

    [Theory]
    [InlineData(0.25, 0)]
    [InlineData(0.75, 1)]
    [InlineData(1.25, 1)]
    [InlineData(1.75, 2)]
    [InlineData(2.5, 2)]
    [InlineData(3.5, 4)]
    [InlineData(5, 4)]
    [InlineData(-5, -4)]
    [InlineData(7, 6)]
    public void E2m1_rounds_halves_to_the_even_code(double value, double rounded) =>
        Assert.Equal((float)rounded, Codebook.E2m1.Value(Codebook.E2m1.Nearest((float)value)));

    [Fact]
    public void Post_has_powers_of_the_root_of_two()
    {
        AssertNear([0, 0.125, 0.176777, 0.25, 0.353553, 0.5, 0.707107, 1], Codebook.Post.Table.Take(8), 1e-6);
        AssertNear([1, 0.707107, 0.5, 0.25, 0, -0.5], ((float[])[0.9f, 0.85f, 0.6f, 0.3f, 0.06f, -0.45f]).Select(v => Codebook.Post.Value(Codebook.Post.Nearest(v))), 1e-6);
    }

    [Fact]
    public void Low_rank_compensation_takes_the_largest_singular_value_away()
    {
        float[] weights = [0.9f, -0.4f, 0.1f, 0.3f, 0.8f, -0.6f, -0.7f, 0.2f, 0.5f];
        int[] codes = [7, -3, 1, 3, 7, -5, -7, 2, 5];
        float[] scales = [0.9f / 7, 0.8f / 7, 0.7f / 7];
        var error = weights.Select((w, i) => w - codes[i] * scales[i / 3]).ToArray();
        AssertNear([0, -0.014286, -0.028571, -0.042857, 0, -0.028571, 0, 0, 0], error);
        var (left, right, rank) = LowRank.Approximate(error, 3, 3, 1);
        Assert.Equal(1, rank);
        // Each side has the root of the singular value; the sign of the pair is free.
        var root = Math.Sqrt(0.054692) * Math.Sign(right[0]);
        AssertNear([-0.38268 * root, -0.92388 * root, 0], left, 2e-5);
        AssertNear([0.72396 * root, 0.09996 * root, 0.68256 * root], right, 2e-5);
        Assert.Equal(0.060609, Norm(error), 1e-6);
        Assert.Equal(0.026120, Norm(error.Select((e, i) => e - left[i / 3] * right[i % 3])), 1e-6);

        static double Norm(IEnumerable<float> values) => Math.Sqrt(values.Sum(v => (double)v * v));
    }

    [Fact]
    public void Scales_become_powers_of_two_or_those_of_the_largest()
    {
        float[] scales = [0.013f, 0.021f, 0.05f, 0.09f];
        AssertNear([1 / 64.0, 1 / 32.0, 1 / 16.0, 1 / 8.0], scales.Select(s => PowerOfTwoGrid.Above(s, 1)), 0);
        AssertNear([0.01125, 0.01125, 0.045, 0.09], scales.Select(s => PowerOfTwoGrid.Below(s, 0.09f)), 1e-8);
        AssertNear([0.0225, 0.0225, 0.09, 0.09], scales.Select(s => PowerOfTwoGrid.Above(s, 0.09f)), 1e-8);
    }

    [Fact]
    public void Activation_aware_scales_are_powers_around_one() => AssertNear([0.5, 1, 2], ActivationScales.Of([0.5, 2, 8], 0.5), 1e-6);

    [Fact]
    public void Half_quadratic_zero_points_are_means()
    {
        float[] weights = [-1, -0.2f, 0.1f, 0.9f];
        var scale = 1.9f / 15;
        var grid = new HalfQuadraticGrid(4);
        Assert.Equal([0, 6, 9, 15], Codes(new(scale, 8)));
        Assert.Equal(0.026667, MeanError(new(scale, 8)), 1e-6);
        var found = grid.Fit(weights, 0);
        Assert.Equal(0.126667, found.Scale, 1e-6);
        Assert.Equal(7.894737, found.Zero, 1e-5);
        Assert.Equal(0.02, MeanError(found), 1e-6);

        byte[] Codes(BlockScale s)
        {
            var codes = new byte[4];
            grid.Round(weights, s, codes);
            return codes;
        }

        double MeanError(BlockScale s) => Codes(s).Select((c, i) => Math.Abs(weights[i] - grid.Value(c, s))).Average();
    }
}
