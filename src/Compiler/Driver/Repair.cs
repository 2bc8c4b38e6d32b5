using System.Diagnostics;
using Onnxc.Passes;

namespace Onnxc.Compilation;

/// <summary>
/// Finds the changes that made a result wrong and compiles without them. Compiles are deterministic, so the model after the n-th change can
/// be made at any time: a bisection between the original (right) and the result (wrong) ends at a change that makes the difference.
/// </summary>
sealed class Repair(CompileOptions options, DifferentialCheck check, Func<RunnerOptions, Rebuilt?> rebuild)
{
    // Beyond a handful, the pass is wrong as a whole and is left out.
    const int MostChanges = 8;
    const int BudgetFactor = 10;

    readonly HashSet<StepKey> denied = [];
    readonly HashSet<string> deniedPasses = [];
    readonly Stopwatch watch = Stopwatch.StartNew();

    /// <summary>
    /// The repaired result, or null when none was found in time; and the changes found wrong, with their places. A repaired report lists
    /// what was taken back.
    /// </summary>
    public (CheckReport Report, Rebuilt? Output, IReadOnlyList<(StepKey Key, string Scope)> Found) Find(long changes, CheckReport failure)
    {
        var found = new List<(StepKey, string)>();
        while (changes > 0 && watch.Elapsed < options.CheckBudget * BudgetFactor)
        {
            if (Bisect(changes) is not { } culprit) break;
            found.Add(culprit);
            denied.Add(culprit.Key);
            if (denied.Count(d => d.Pass == culprit.Key.Pass) >= MostChanges) deniedPasses.Add(culprit.Key.Pass);
            if (rebuild(Limited(options.StopAfter)) is not { } candidate) break;
            var report = check.Compare(candidate.Staged, candidate.Numerics);
            if (report.Outcome == CheckOutcome.Passed)
                return (report with { Outcome = CheckOutcome.Repaired, Reason = failure.Reason, TakenBack = [.. denied] }, candidate, found);
            changes = candidate.Run.Changes;
            candidate.Dispose();
            if (report.Outcome != CheckOutcome.Failed) break;
        }
        return (failure with { TakenBack = [.. denied] }, null, found);
    }

    // The first change found after which the result is wrong while it is right before it.
    (StepKey Key, string Scope)? Bisect(long changes)
    {
        var (right, wrong) = (0L, changes);
        (StepKey, string)? culprit = null;
        while (wrong - right > 1 || culprit is null)
        {
            if (watch.Elapsed > options.CheckBudget * BudgetFactor) return null;
            var middle = wrong - right > 1 ? right + (wrong - right) / 2 : wrong;
            using var candidate = rebuild(Limited(middle));
            if (candidate is null) return null;
            if (check.Compare(candidate.Staged, candidate.Numerics).Outcome == CheckOutcome.Failed) (wrong, culprit) = (middle, candidate.Run.Limit);
            else if (middle == wrong) return null;
            else right = middle;
        }
        return culprit;
    }

    RunnerOptions Limited(long stopAfter) => new() { StopAfter = stopAfter, Denied = denied, DeniedPasses = deniedPasses };
}
