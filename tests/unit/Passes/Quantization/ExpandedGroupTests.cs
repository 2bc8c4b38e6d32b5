using Onnxc.Passes.Quantization.Weights;
using Xunit;

namespace Onnxc.Tests.Passes.Quantization;

/// <summary>Float8 of numbers whose range was spread before.</summary>
public sealed class ExpandedGroupTests
{
    [Fact]
    public void A_range_of_ten_takes_the_fifth_power()
    {
        var group = ExpandedGroup.Encode([0.01f, 0.02f, -0.05f, 0.1f]);
        Assert.Equal(5, group.Exponent);
        Assert.Equal(0.031623f, group.Centre, 1e-6f);
        Assert.Equal(0.705866f, group.Scale, 1e-6f);
        Assert.Equal([0.00390625f, 0.140625f, -14, 448], group.Codes.Select(Codebook.E4m3.Value));
        Assert.Equal([0.00973f, 0.019923f, -0.05f, 0.1f], group.Decode().Select(v => MathF.Round(v, 6)));
    }

    /// <summary>Plain float8 is at most 1/16 off; at a range of ten the spread form is closer in the middle.</summary>
    [Fact]
    public void Numbers_in_the_middle_are_closer_than_without()
    {
        float[] numbers = [.. Enumerable.Range(0, ExpandedGroup.Size).Select(i => (i % 2 == 0 ? 1 : -1) * MathF.Pow(10, i / (ExpandedGroup.Size - 1f)))];
        var group = ExpandedGroup.Encode(numbers).Decode();
        var plain = numbers.Select(v => Codebook.E4m3.Value(Codebook.E4m3.Nearest(v * 44.8f)) / 44.8f).ToArray();
        var middle = Enumerable.Range(32, 64).ToList();
        Assert.True(3 * middle.Sum(i => Relative(group[i], numbers[i])) < middle.Sum(i => Relative(plain[i], numbers[i])));

        static double Relative(float actual, float expected) => Math.Abs(actual / expected - 1);
    }

    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(1e-38f, 1e38f)]
    [InlineData(1e-45f, 3e38f)]
    [InlineData(2.9e-45f, 1e-45f)]
    [InlineData(1f, 1.0000001f)]
    public void Any_range_keeps_its_ends(float least, float most)
    {
        var group = ExpandedGroup.Encode([least, -most, 0]);
        Assert.InRange(group.Exponent, 1 / 16f, 1e9f);
        var back = group.Decode();
        Assert.Equal(-1, back[1] / most, 1e-5);
        Assert.Equal(0, back[2]);
        Assert.True(back[0] is >= 0 && back[0] <= 3e38f);
    }

    [Fact]
    public void Zeros_stay_zero() => Assert.Equal([0f, 0, 0], ExpandedGroup.Encode([0, -0f, 0]).Decode());

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Numbers_must_be_finite(float number) => Assert.Throws<ArgumentException>(() => ExpandedGroup.Encode([1, number]));
}
