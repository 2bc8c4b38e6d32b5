using System.Collections.Immutable;

namespace Onnxc.Runtime;

/// <summary>
/// Outcome of a comparison. <paramref name="Drift"/>: greatest absolute difference that ONNX Runtime's optimisations make to each output of the
/// reference; empty when it was not needed.
/// </summary>
public sealed record ComparisonReport(Verdict Verdict, ToleranceMode Mode, int Samples, ImmutableArray<OutputComparison> Outputs,
    ImmutableSortedDictionary<string, double> Drift, string? Reason)
{
    public bool Passed => Verdict == Verdict.WithinTolerance;
}
