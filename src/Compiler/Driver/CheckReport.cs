using Onnxc.Passes;
using Onnxc.Runtime;

namespace Onnxc.Compilation;

/// <summary>
/// Outcome of checking a result against the original. <paramref name="Comparison"/> is null when the models could not be run, and
/// <paramref name="Reason"/> then says why; <paramref name="TakenBack"/> lists changes that were found wrong and left out.
/// </summary>
public sealed record CheckReport(CheckOutcome Outcome, ComparisonReport? Comparison, string? Reason, IReadOnlyList<StepKey> TakenBack)
{
    public static CheckReport Without(CheckOutcome outcome, string reason) => new(outcome, null, reason, []);
}
