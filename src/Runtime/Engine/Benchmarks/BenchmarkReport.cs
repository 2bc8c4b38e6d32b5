namespace Onnxc.Runtime;

/// <summary>
/// Outcome of a benchmark. <paramref name="Ratio"/> is the other model's median over the first one's (below 1: the other is faster), with the
/// 95 % interval of a bootstrap over the paired runs; null for a single model.
/// </summary>
public sealed record BenchmarkReport(int Runs, int Threads, Timing First, Timing? Other, double? Ratio, double? RatioLow, double? RatioHigh);
