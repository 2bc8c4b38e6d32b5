using System.Diagnostics;
using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Pipelines;
using Onnxc.Rewriting;

namespace Onnxc.Passes;

/// <summary>State of one run of a pipeline.</summary>
sealed class PipelineRun(Model model, BoundPipeline pipeline, RunnerOptions options, IEvaluator? evaluator, ITypeInference? inference,
    IRuntimeOptimizer? optimizer)
{
    readonly StepGate gate = new(options.StopAfter, options.Denied, options.Protected);
    readonly MatchTrace? trace = options.ExplainRule is null ? null : new(options.ExplainRule);
    readonly OrderedDictionary<PassStep, PassReport> reports = [];
    readonly List<Diagnostic> diagnostics = [];
    readonly List<PassStep> passes = [.. pipeline.Passes];
    string? failedPass;
    long changesBeforeFailure;
    int dumps;

    public PassRun Result => new()
    {
        Reports = [.. reports.Values],
        Diagnostics = diagnostics,
        Changes = gate.Asked,
        FailedPass = failedPass,
        ChangesBeforeFailure = changesBeforeFailure,
        Limit = gate.AtLimit,
        Trace = trace,
    };

    /// <summary>Checks what can be checked before the first pass and sorts every body. False when the run must not begin.</summary>
    public bool Prepare()
    {
        if (options.DumpAfter is { } name && passes.TrueForAll(p => p.Info.Name != name))
        {
            var error = Diagnostic.Create(Descriptors.NoSuchStep, null, name);
            diagnostics.Add(error with { Help = Suggestions.Help(name, passes.Select(p => p.Info.Name)) });
            return false;
        }
        foreach (var body in model.Bodies())
        {
            if (GraphOrder.Sort(body) is not { } node) continue;
            diagnostics.Add(Diagnostic.Create(Descriptors.CyclicGraph, ModelLocation.Of(node), node.DisplayName));
            return false;
        }
        // Otherwise the first pass that changes anything would be blamed.
        if (options.Verify?.Invoke(model) is not { Count: > 0 } broken || !broken.Any(d => d.IsError)) return true;
        diagnostics.AddRange(broken.Select(d => d.WithNote("found in the model as it was read")));
        return false;
    }

    /// <summary>Runs steps in order. False when one failed or the limit of changes is reached.</summary>
    public bool RunAll(IReadOnlyList<BoundStep> steps) => steps.All(s => s is RepeatStep repeat ? Repeat(repeat) : RunPass((PassStep)s));

    bool Repeat(RepeatStep step)
    {
        for (var i = 0; i < step.Max; i++)
        {
            var revision = model.Revision;
            if (!RunAll(step.Children)) return false;
            if (model.Revision == revision) break;
        }
        return true;
    }

    bool RunPass(PassStep step)
    {
        // Passes need not ask for every change they make, so the limit has to keep them from running at all.
        if (gate.Asked >= options.StopAfter) return false;
        if (options.DeniedPasses is { } denied && denied.Contains(step.Info.Name)) return true;
        var index = passes.FindIndex(p => ReferenceEquals(p, step)) + 1;
        options.Progress?.Invoke(new(step.Info.Name, index, passes.Count));
        // Only the first time: in a `repeat` the step itself may have used up what it asks for.
        if (step.Where is { } where && !reports.ContainsKey(step) && where.Check(model) is { Count: > 0 } unmet)
            return Fail(step, gate.Asked, unmet);

        var nodes = model.AllNodes().Count();
        var row = reports.GetValueOrDefault(step)
            ?? new PassReport(step.Info.Name, step.SourceText, step.Origin, step.Info.Numerics) { NodesBefore = nodes, NodesAfter = nodes };
        var cx = new PassContext(step.Info.Name, step.Where is { } selection ? selection.Matches : null, gate, evaluator, inference, optimizer)
        {
            Trace = trace,
            Changes = options.RecordChanges ? [] : null,
            Calibrator = options.Calibrator,
            Meter = options.Meter,
            Resilience = options.Resilience,
            Tensors = options.Tensors,
            Gates = options.Gates,
            Configuration = step.Configuration,
        };
        var (revision, asked, watch) = (model.Revision, gate.Asked, Stopwatch.StartNew());
        gate.IgnoresProtection = step.Info.PreservesFusions;
        var crash = Try(step, cx, asked);
        var changed = model.Revision != revision;
        reports[step] = row with
        {
            Runs = row.Runs + 1,
            Numerics = cx.Numerics > row.Numerics ? cx.Numerics : row.Numerics,
            Changed = row.Changed + cx.Changed,
            Denied = row.Denied + gate.Asked - asked - cx.Changed,
            Skipped = cx.Skipped,
            Resolved = cx.Resolved ?? row.Resolved,
            Changes = cx.Changes is { } made ? [.. row.Changes, .. made] : row.Changes,
            NodesAfter = row.NodesAfter + model.AllNodes().Count() - nodes,
            Milliseconds = row.Milliseconds + watch.Elapsed.TotalMilliseconds,
            ModelChanged = row.ModelChanged || changed,
        };
        if (crash is not null) return Fail(step, asked, [.. cx.Diagnostics, crash]);
        if (cx.Diagnostics.Any(d => d.IsError)) return Fail(step, asked, cx.Diagnostics);
        diagnostics.AddRange(cx.Diagnostics);
        if (!changed) return true;
        if (options.Verify?.Invoke(model) is { Count: > 0 } broken)
        {
            var help = $"rerun with `--dump-after={step.Info.Name}`";
            var note = string.Create(CultureInfo.InvariantCulture, $"found after `{step.SourceText}` (step {index})");
            var noted = broken.Select(d => d.WithNote(note) with { Help = d.Help ?? help });
            if (broken.Any(d => d.IsError)) return Fail(step, asked, noted);
            diagnostics.AddRange(noted);
        }
        if (options.Dump is { } dump && (options.DumpAfter is null || options.DumpAfter == step.Info.Name)) dump(new(++dumps, step.Info.Name, model));
        return true;
    }

    // The diagnostic of what the pass threw; null when it threw nothing.
    Diagnostic? Try(PassStep step, PassContext cx, long asked)
    {
        try
        {
            step.Pass.Run(model, cx);
            return null;
        }
        catch (DiagnosticException e)
        {
            return e.Diagnostic;
        }
#pragma warning disable CA1031 // A pass may throw anything; whatever it is becomes a diagnostic that names the pass.
        catch (Exception e)
#pragma warning restore CA1031
        {
            options.Crashed?.Invoke(new(model, step.SourceText, asked, e));
            var error = Diagnostic.Create(Descriptors.PassFailed, ModelLocation.Of(model), step.Info.Name, $"{e.GetType().Name}: {e.Message}");
            var frame = e.StackTrace?.Split('\n', 2)[0].Trim();
            if (frame is not null) error = error.WithNote(frame);
            return error.WithHelp(string.Create(CultureInfo.InvariantCulture,
                $"`--stop-after {asked}` gives the model as it was before the pass; then run `{step.SourceText}` alone"));
        }
    }

    bool Fail(PassStep step, long asked, IEnumerable<Diagnostic> errors)
    {
        (failedPass, changesBeforeFailure) = (step.Info.Name, asked);
        diagnostics.AddRange(errors);
        return false;
    }
}
