using Onnxc.Diagnostics;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class PairedBenchmarkTests
{
    [Fact]
    public void More_work_takes_longer()
    {
        var report = new PairedBenchmark(new BenchmarkOptions { Runs = 20 }).Run(Samples.Source(Samples.Chain(20)), Samples.Source(Samples.Chain(1500))).OrThrow();
        Assert.True(report.Ratio > 2, $"{report}");
        Assert.True(report.RatioLow <= report.Ratio && report.Ratio <= report.RatioHigh, $"{report}");
        Assert.True(report.First.Minimum <= report.First.Median && report.First.Median <= report.First.Percentile90);
    }

    [Fact]
    public void One_model_can_be_timed_alone()
    {
        var report = new PairedBenchmark(new BenchmarkOptions { Runs = 3 }).Run(Samples.Source(Samples.Chain(3))).OrThrow();
        Assert.Null(report.Ratio);
        Assert.Equal(Descriptors.NothingToTime, new PairedBenchmark(new BenchmarkOptions { Runs = 0 }).Run(Samples.Source(Samples.Chain(3))).Diagnostics[0].Descriptor);
    }

    [Fact]
    public void The_interval_is_reproducible_and_holds_the_ratio()
    {
        var first = Enumerable.Range(0, 51).Select(i => 1 + i % 7 * 0.1).ToArray();
        var other = first.Select(t => t * 2).ToArray();
        var interval = PairedBenchmark.Bootstrap(first, other);
        Assert.Equal(interval, PairedBenchmark.Bootstrap(first, other));
        Assert.Equal(2, interval.Low, 1e-9);
        Assert.Equal(2, interval.High, 1e-9);
    }
}
