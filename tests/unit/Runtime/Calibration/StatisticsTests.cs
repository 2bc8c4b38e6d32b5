using CsCheck;
using Onnxc.Calibration;
using Xunit;

namespace Onnxc.Tests.Runtime.Calibration;

/// <summary>Statistics do not depend on how samples are divided.</summary>
public sealed class StatisticsTests
{
    static readonly Gen<float> Number = Gen.OneOf(Gen.Float[-8, 8], Gen.Float, Gen.Const(0f), Gen.Const(float.NaN), Gen.Const(float.PositiveInfinity), Gen.Const(1e-40f));
    static readonly Gen<float[][]> Samples = Number.Array[0, 40].Array[1, 12];

    static ValueStatistics Of(IEnumerable<float[]> samples)
    {
        var seen = new ValueStatistics { ChannelAxis = 0 };
        foreach (var sample in samples) seen.Add(sample, [1, sample.Length]);
        return seen;
    }

    static byte[] Bytes(ValueStatistics seen)
    {
        var table = new CalibrationTable(7) { Samples = seen.Samples };
        table.Add(0, 1);
        table["x"] = seen;
        var path = Path.GetTempFileName();
        try
        {
            Assert.Null(CalibrationFile.Write(path, table));
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Any_division_gives_the_same_bytes() =>
        Gen.Select(Samples, Gen.Int[1, 4]).Sample(
            (samples, parts) =>
            {
                var merged = new ValueStatistics { ChannelAxis = 0 };
                for (var part = parts - 1; part >= 0; part--) merged.Add(Of(samples.Where((_, i) => i % parts == part)));
                Assert.Equal(Bytes(Of(samples)), Bytes(merged));
            },
            iter: 200);

    [Fact]
    public void Every_number_is_counted_in_its_bin() =>
        Samples.Sample(
            samples =>
            {
                var seen = Of(samples);
                var numbers = samples.SelectMany(s => s).Where(x => float.IsFinite(x) && x != 0).ToList();
                Assert.Equal(numbers.Count, seen.Histogram.Counts.Sum());
                Assert.InRange(seen.Histogram.Counts.Count, 0, Histogram.MostBins);
                foreach (var bin in numbers.GroupBy(x => (long)Math.Floor(x / seen.Histogram.Width)))
                    Assert.Equal(bin.Count(), seen.Histogram.Counts[(int)(bin.Key - seen.Histogram.First)]);
            },
            iter: 200);

    [Fact]
    public void A_sum_is_rounded_once()
    {
        var sum = new ExactSum();
        foreach (var term in new[] { 1e300, 1, -1e300, double.Epsilon, 0.1, 0.2, -0.3, -double.Epsilon }) sum.Add(term);
        // 0.1 + 0.2 - 0.3 of these doubles is 2^-55 to the last bit.
        Assert.Equal(1 + Math.ScaleB(1, -55), sum.Value);
        var (units, exponent) = sum.ToCanonical();
        Assert.Equal(sum.Value, ExactSum.Of(units, exponent).Value);
    }

    [Fact]
    public void What_is_no_number_is_told_apart()
    {
        var seen = Of([[1, float.NaN, float.NegativeInfinity, 0], [2, 2, 0, -3]]);
        Assert.Equal((8, 1, 1, 2, -3f, 2f), (seen.Elements, seen.NaNs, seen.Infinities, seen.Zeros, seen.Least, seen.Most));
        Assert.Equal(2.0 / 6, seen.Mean, 1e-15);
        Assert.True(Of([[5, 5], [5]]).IsConstant);
    }
}
