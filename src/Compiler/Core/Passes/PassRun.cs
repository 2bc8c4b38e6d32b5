using Onnxc.Diagnostics;
using Onnxc.Rewriting;

namespace Onnxc.Passes;

/// <summary>Outcome of running a pipeline.</summary>
public sealed record PassRun
{
    /// <summary>One row per step that ran, in order of their first runs.</summary>
    public required IReadOnlyList<PassReport> Reports { get; init; }

    public required IReadOnlyList<Diagnostic> Diagnostics { get; init; }

    /// <summary>False when an error ended the run; the model is then in the state in which the failing pass left it.</summary>
    public bool Succeeded => !Diagnostics.Any(d => d.IsError);

    /// <summary>Changes asked for, denied ones included: the largest number that <see cref="RunnerOptions.StopAfter"/> makes a difference with.</summary>
    public long Changes { get; init; }

    /// <summary>The pass that threw, reported an error or broke an invariant; null when none did.</summary>
    public string? FailedPass { get; init; }

    /// <summary>Changes made when the failing pass began.</summary>
    public long ChangesBeforeFailure { get; init; }

    /// <summary>The change at which the run stopped, and where it was made; null when it did not reach its limit.</summary>
    public (StepKey Key, string Scope)? Limit { get; init; }

    /// <summary>Matches and near misses of the rule to be explained; null when none was asked for.</summary>
    public MatchTrace? Trace { get; init; }

    /// <summary>This run and the one that went on with its model, as one.</summary>
    public PassRun Then(PassRun next) => next with
    {
        Reports = [.. Reports, .. next.Reports],
        Diagnostics = [.. Diagnostics, .. next.Diagnostics],
        Changes = Changes + next.Changes,
        ChangesBeforeFailure = Changes + next.ChangesBeforeFailure,
        Trace = next.Trace ?? Trace,
    };
}
