namespace Onnxc.Cli.Json;

/// <summary>Result of <c>bench</c>; times in milliseconds.</summary>
sealed record BenchReport() : Report("bench")
{
    public int Runs { get; init; }
    public int Threads { get; init; }
    public TimingJson? First { get; init; }
    public TimingJson? Other { get; init; }

    /// <summary>Median of the other model over that of the first, with its 95 % interval.</summary>
    public double? Ratio { get; init; }

    public double? RatioLow { get; init; }
    public double? RatioHigh { get; init; }

    public sealed record TimingJson(string Model, double MedianMs, double MinimumMs, double Percentile90Ms, double LoadMs);
}
