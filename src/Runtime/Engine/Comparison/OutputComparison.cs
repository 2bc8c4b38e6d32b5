using Onnxc.Calibration;

namespace Onnxc.Runtime;

/// <summary>
/// One output, or one layer. <paramref name="Tolerance"/> is the absolute error that was allowed, where the mode has one;
/// <paramref name="Reason"/> says what went beyond.
/// </summary>
public sealed record OutputComparison(string Name, string Type, TensorMetrics Metrics, double? Tolerance, bool Passed, string? Reason)
{
    /// <summary>How the numbers of the reference and of the candidate are distributed; null unless asked for.</summary>
    public (ValueStatistics Reference, ValueStatistics Candidate)? Distributions { get; init; }
}
