using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Rewriting;

namespace Onnxc.Cli.Json;

/// <summary>Makes a <see cref="CompileReport"/> of what a compile has to tell.</summary>
static class CompileReports
{
    public static CompileReport Of(CompileOptions options, CompileResult result) => new()
    {
        Input = options.Input,
        Output = options.Output,
        DryRun = options.DryRun,
        Written = result.Succeeded && !options.DryRun && result.After is not null,
        Pipeline = result.Pipeline,
        Resolved = result.Resolved,
        Changes = result.Changes,
        Before = result.Before is { } before ? Of(before) : null,
        After = result.After is { } after ? Of(after) : null,
        Check = result.Check is { } check ? Of(check) : null,
        Passes = [.. result.Passes.Select(p => Of(p, options.DryRun))],
        Timings = [.. result.Timings.Select(t => new CompileReport.StageJson(t.Stage, t.Milliseconds))],
        Explained = result.Trace is { } trace ? Of(trace) : null,
    };

    static CompileReport.FiguresJson Of(ModelSummary m) => new(m.Nodes, m.Constants, m.Parameters, m.ParameterBytes, m.FileBytes, m.Operators);

    static CompileReport.StepJson Of(PassReport p, bool withChanges) => new(p.Pass, p.Step, p.Origin, KebabCase.Of(p.Numerics.ToString()), p.Runs, p.Changed, p.Denied,
        p.Skipped, p.NodesBefore, p.NodesAfter, p.ModelChanged, p.Milliseconds, p.Coverage)
    {
        Changes = withChanges ? [.. p.Changes.Select(c => new CompileReport.StepChangeJson(c.What, c.Site))] : null,
    };

    static CompileReport.CheckJson Of(CheckReport c) => new(
        KebabCase.Of(c.Outcome.ToString()), c.Reason, c.Comparison is { } compared ? KebabCase.Of(compared.Mode.ToString()) : null, c.Comparison?.Samples,
        [.. (c.Comparison?.Outputs ?? []).Select(CompareReport.ValueJson.Of)],
        [.. c.TakenBack.OrderBy(t => t.Site).Select(t => new CompileReport.TakenBackJson(t.Pass, t.What))])
    {
        Proof = c.Validation is { } v ? new(v.Values, v.Obligations, v.Runs, v.Nodes, v.Differing, v.Milliseconds, v.Reason) : null,
        Fusions = c.Fusions is { } f ? new(f.Reason, Table(f.Before?.Fused), Table((f.IsIntact ? f.Before : f.After)?.Fused), f.IsIntact, Table(f.Lost), Table(f.Kept)) : null,
    };

    static SortedDictionary<string, int> Table(IEnumerable<KeyValuePair<OpId, int>>? counts) =>
        new((counts ?? []).ToDictionary(c => c.Key.ToString(), c => c.Value, StringComparer.Ordinal), StringComparer.Ordinal);

    static CompileReport.TraceJson Of(MatchTrace t) => new(t.Rule, t.Matches,
        [.. t.Misses.Select(m => new CompileReport.MissJson(ModelLocation.Of(m.Root).Scope, m.At.DisplayName, m.Reason, m.Depth))]);
}
