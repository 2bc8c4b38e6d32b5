using Onnxc.Passes;
using Onnxc.Runtime;

namespace Onnxc.Compilation;

/// <summary>
/// Outcome of checking a result against the original. <paramref name="Comparison"/> is null when the models were not run as a whole:
/// <see cref="Validation"/> made it unnecessary, or <paramref name="Reason"/> says why they could not be. <paramref name="TakenBack"/> lists
/// changes that were found wrong and left out.
/// </summary>
public sealed record CheckReport(CheckOutcome Outcome, ComparisonReport? Comparison, string? Reason, IReadOnlyList<StepKey> TakenBack)
{
    /// <summary>What was shown about the changed parts alone; null when that was not tried.</summary>
    public ValidationReport? Validation { get; init; }

    /// <summary>What ONNX Runtime fuses before and after; null when that was not asked for.</summary>
    public FusionReport? Fusions { get; init; }

    public static CheckReport Without(CheckOutcome outcome, string reason) => new(outcome, null, reason, []);
}
