using Onnxc.Calibration;
using Xunit;

namespace Onnxc.Tests.Runtime.Faults;

public sealed class FaultCurveTests
{
    [Theory]
    [InlineData(new double[] { 90, 89, 86, 75, 52 }, 64.2)]
    [InlineData(new double[] { 89, 87, 84, 78, 60 }, 64.7)]
    public void Areas_are_those_of_equally_spaced_places(double[] accuracies, double expected) => Assert.Equal(expected, FaultCurve.Area(accuracies), 9);

    [Fact]
    public void Intervals_are_those_of_Students_t()
    {
        // Mean 3, variance 2.5, t(0.975, 4) = 2.776.
        var interval = ConfidenceInterval.Of([1, 2, 3, 4, 5]);
        Assert.Equal(3, interval.Mean);
        Assert.Equal(2.776 * Math.Sqrt(2.5 / 5), interval.HalfWidth, 6);
        Assert.Equal(double.PositiveInfinity, ConfidenceInterval.Of([1]).HalfWidth);
        // t(0.975, 49) = 2.0096.
        var many = ConfidenceInterval.Of([.. Enumerable.Range(0, 50).Select(i => (double)(i % 2))]);
        Assert.Equal(2.0096 * Math.Sqrt(0.25 * 50 / 49 / 50), many.HalfWidth, 4);
    }

    [Fact]
    public void Shares_end_at_0_and_1()
    {
        var interval = new ConfidenceInterval(0.95, 0.1);
        Assert.Equal(1, interval.High);
        Assert.Equal(0.85, interval.Low, 9);
    }
}
