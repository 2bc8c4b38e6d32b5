namespace Onnxc.Runtime;

/// <summary>Times of one model's runs in milliseconds.</summary>
public sealed record Timing(double Median, double Minimum, double Percentile90, double LoadMilliseconds)
{
    internal static Timing Of(double[] milliseconds, double load)
    {
        var sorted = milliseconds.Order().ToArray();
        return new Timing(MedianOf(sorted), sorted[0], sorted[(int)Math.Ceiling(0.9 * sorted.Length) - 1], load);
    }

    internal static double MedianOf(ReadOnlySpan<double> sorted) =>
        sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
}
