using System.Runtime.InteropServices;
using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Runtime.Faults;

public sealed class FaultBitsTests
{
    static float Hit(float value, int bit, FaultKind kind = FaultKind.Flip, FaultCodec codec = FaultCodec.Ieee)
    {
        float[] values = [7, value, 7];
        FaultBits.Hit(MemoryMarshal.AsBytes(values.AsSpan()), ElementType.Float, 1, bit, kind, codec);
        Assert.Equal([7f, 7f], [values[0], values[2]]);
        return values[1];
    }

    [Theory]
    [InlineData(0.5f, 0x7F000000u, 1.7014118e38f)]
    [InlineData(0.02f, 0x7CA3D70Au, 6.8056472e36f)]
    [InlineData(1f, 0x7F800000u, float.PositiveInfinity)]
    [InlineData(2f, 0u, 0f)]
    public void The_highest_bit_of_the_exponent_makes_numbers_huge(float value, uint bits, float expected)
    {
        var hit = Hit(value, 30);
        Assert.Equal(bits, BitConverter.SingleToUInt32Bits(hit));
        Assert.Equal(expected, hit);
    }

    [Fact]
    public void One_and_a_half_becomes_NaN() => Assert.True(float.IsNaN(Hit(1.5f, 30)));

    [Fact]
    public void Bits_can_be_stuck()
    {
        Assert.Equal(1f, Hit(1, 30, FaultKind.StuckAt0));
        Assert.Equal(float.PositiveInfinity, Hit(1, 30, FaultKind.StuckAt1));
        Assert.Equal(float.PositiveInfinity, Hit(float.PositiveInfinity, 30, FaultKind.StuckAt1));
    }

    [Fact]
    public void In_fixed_point_a_bit_is_worth_its_power_of_two()
    {
        Assert.Equal(1.5f, Hit(0.5f, 16, codec: FaultCodec.FixedPoint));
        Assert.Equal(16384.5f, Hit(0.5f, 30, codec: FaultCodec.FixedPoint));
        Assert.Equal(-32767.5f, Hit(0.5f, 31, codec: FaultCodec.FixedPoint));
        Assert.Equal(1f / 65536, Hit(0, 0, codec: FaultCodec.FixedPoint));
    }

    [Fact]
    public void The_toolbox_knows_neither_infinities_nor_tiny_numbers()
    {
        Assert.Equal(1e31f, Hit(1, 30, codec: FaultCodec.Toolbox));
        Assert.Equal(1e31f, Hit(1.5f, 30, codec: FaultCodec.Toolbox));
        Assert.Equal(0f, Hit(2e-20f, 28, codec: FaultCodec.Toolbox));
        Assert.Equal(-0.5f, Hit(0.5f, 31, codec: FaultCodec.Toolbox));
    }

    [Theory]
    [InlineData(ElementType.Int8, 3, 7, new byte[] { 0, 0, 0, 0x80 })]
    [InlineData(ElementType.Float16, 1, 14, new byte[] { 0, 0, 0, 0x40 })]
    [InlineData(ElementType.BFloat16, 0, 8, new byte[] { 0, 1, 0, 0 })]
    [InlineData(ElementType.Int4, 3, 3, new byte[] { 0, 0x80, 0, 0 })]
    [InlineData(ElementType.UInt4, 4, 0, new byte[] { 0, 0, 1, 0 })]
    public void Bits_of_smaller_types_lie_where_they_are_packed(ElementType element, int index, int bit, byte[] expected)
    {
        var bytes = new byte[4];
        FaultBits.Hit(bytes, element, index, bit, FaultKind.Flip, FaultCodec.Ieee);
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData(1e-6, 1)]
    [InlineData(1e-7, 0)]
    public void The_toolbox_rounds_the_number_of_faults_down(double rate, int expected) =>
        Assert.Equal(expected, FaultSample.WithReplacement(new SplitMix(1), 36_864 * 32, rate).Count());

    [Fact]
    public void Binomial_samples_have_the_mean_and_the_spread_of_a_binomial()
    {
        var counts = Enumerable.Range(0, 2000).Select(i => FaultSample.Binomial(new SplitMix((ulong)i), 10_000, 1e-3).Count()).ToList();
        var mean = counts.Average();
        // Mean 10, variance 9.99: four standard errors.
        Assert.InRange(mean, 10 - 0.29, 10 + 0.29);
        Assert.InRange(counts.Average(c => (c - mean) * (c - mean)), 9.99 - 1.3, 9.99 + 1.3);
    }

    [Fact]
    public void Samples_at_the_ends_are_nothing_and_everything()
    {
        Assert.Empty(FaultSample.Binomial(new SplitMix(1), 100, 0));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), FaultSample.Binomial(new SplitMix(1), 100, 1));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), FaultSample.Distinct(new SplitMix(1), 100, 100));
    }

    [Fact]
    public void Every_place_is_as_likely_as_every_other()
    {
        var counts = new int[10];
        for (var i = 0; i < 5000; i++)
            foreach (var place in FaultSample.Distinct(new SplitMix((ulong)i), 10, 2)) counts[place]++;
        Assert.All(counts, c => Assert.InRange(c, 880, 1120));
    }
}
