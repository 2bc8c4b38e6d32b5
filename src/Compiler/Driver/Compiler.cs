using System.Diagnostics;
using Onnxc.Calibration;
using Onnxc.Compilation.Validation;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Compilation;

/// <summary>
/// Compiles a model: read, run the pipeline, write beside the target, check against the original, move into place. Nothing is in place
/// before the check has passed, and nothing is left behind when it fails.
/// </summary>
public sealed class Compiler
{
    const int RunsUnderSuspicion = 4;

    readonly CompileOptions options;
    readonly Action<CompileProgress>? progress;
    readonly List<Diagnostic> diagnostics = [];
    readonly List<(string Stage, double Milliseconds)> timings = [];
    readonly TypeInference inference = new();
    ICalibrator? calibrator;
    ModelMeter? meter;
    ResilienceMeter? resilience;
    IReadOnlyList<string> inputs = [];

    Compiler(CompileOptions options, Action<CompileProgress>? progress) => (this.options, this.progress) = (options, progress);

    public static CompileResult Compile(CompileOptions options, Action<CompileProgress>? progress = null) => new Compiler(options, progress).Run();

    CompileResult Run()
    {
        // The pipeline first: a typo should not cost the time to read a model.
        var bound = PipelineBinder.Bind(options.Pipeline, options.Catalog, options.PipelineFile);
        if (!bound.IsOk) return Failed(bound.Diagnostics);
        diagnostics.AddRange(bound.Diagnostics);

        var read = Timed("read", options.Input, () => ModelReader.Read(options.Input, options.Read));
        if (!read.IsOk) return Failed(read.Diagnostics);
        var model = read.Value;
        inputs = [.. model.Main.Inputs.Select(i => i.Name)];
        if (ReadData(model) is { } unread) return Failed([unread]);
        var (exact, approximate) = bound.Value.SplitAtApproximation();
        // Whether a change makes a model faster shows without data as well.
        meter ??= new ModelMeter(new InputGenerator(options.Seed, options.Shapes), SessionSettings.Default.WithKernels());
        var before = ModelSummary.Of(model, ModelSummary.BytesOf(model));
        using var fusions = new FusionCheck(options.Input, model, before);

        PassCrash? crash = null;
        var runner = new RunnerOptions
        {
            StopAfter = options.StopAfter,
            ExplainRule = options.ExplainRule,
            RecordChanges = options.DryRun,
            Dump = options.Dump,
            DumpAfter = options.DumpAfter,
            Crashed = c => crash = c,
            Progress = p => progress?.Invoke(new("passes", p.Pass, p.Index, p.Total)),
        };
        var run = Timed("passes", bound.Value.Text, () => RunPasses(exact, model, Dumping(runner, exact, approximate) with
        {
            Progress = p =>
            {
                runner.Progress!(p);
                if (fusions.Waits && MayBeLoaded(model)) fusions.Anticipate();
            },
        }));
        if (approximate.Steps.Count > 0 && run.Succeeded)
        {
            // What approximates cannot be held against the original bit by bit, so what comes before it is checked by itself.
            var settled = Timed("check", options.Input, () => Settle(exact, run, model, fusions));
            if (!settled.IsOk) return new CompileResult { Diagnostics = diagnostics, Pipeline = bound.Value.Text, Passes = run.Reports, Before = before, Timings = timings, Check = settled.Check };
            (model, run) = (settled.Model, settled.Run);
            var last = Dumping(runner, approximate, exact) with { StopAfter = options.StopAfter - Math.Min(options.StopAfter, run.Changes) };
            run = run.Then(Timed("passes", bound.Value.Text, () => RunPasses(approximate, model, last)));
        }
        diagnostics.AddRange(run.Diagnostics);
        if (crash is not null && !options.DryRun) diagnostics[^1] = diagnostics[^1].WithNote(Reproducer.Write(options, crash, r => Rebuild(bound.Value, r)));
        var result = new CompileResult
        {
            Diagnostics = diagnostics,
            Pipeline = bound.Value.Text,
            Resolved = ResolvedPipeline(bound.Value, run),
            Passes = run.Reports,
            Changes = run.Changes,
            Before = before,
            Trace = run.Trace,
            Timings = timings,
        };
        if (!run.Succeeded) return result;
        if (model.HasTrainingInfo && model.Revision > 0) diagnostics.Add(Diagnostic.Create(Descriptors.TrainingInfoKept, ModelLocation.Of(model)));

        var staged = Timed("write", options.Output, () => ModelWriter.Stage(model, options.Output, options.Write));
        if (!staged.IsOk) return Failed(staged.Diagnostics, result);
        using var output = new StagedOutput(staged.Value);
        var check = Timed("check", options.Input, () => Check(bound.Value, run, model, fusions, output));
        result = result with { Check = check, After = ModelSummary.Of(output.Model ?? model, output.Staged.Bytes) };
        if (output.Run is { } again) result = result with { Passes = again.Reports, Changes = again.Changes };
        if (check.Outcome == CheckOutcome.Failed || options.DryRun) return result;
        if (output.Staged.Commit() is { } failure) diagnostics.Add(failure);
        return result;
    }

    // Before any pass runs: wrong data should not cost the time of a compile.
    Diagnostic? ReadData(Model model)
    {
        if (options.CalibrationTable is { } file)
        {
            var table = CalibrationFile.Read(file);
            if (!table.IsOk) return table.Diagnostics[0];
            calibrator = new TableCalibrator(table.Value);
        }
        if (options.Data is not { } path) return null;
        var data = DataSet.ReadFor(model, path);
        if (!data.IsOk) return data.Diagnostics[0];
        calibrator ??= new DataCalibrator(data.Value, new CalibrationOptions
        {
            Limit = options.DataLimit,
            // Every tenth part: a line for each sample would say nothing.
            Progress = (done, all) =>
            {
                if (done * 10L / all != (done - 1) * 10L / all) progress?.Invoke(new("calibrate", "running samples", done, all));
            },
        });
        // Of operators of this project the kernels are measured, for whose sake they are there.
        meter = new ModelMeter(data.Value, options.DataLimit, SessionSettings.Default.WithKernels());
        resilience = new ResilienceMeter(data.Value, options.DataLimit) { Progress = (done, all) => progress?.Invoke(new("search", "striking weights", done, all)) };
        return null;
    }

    static string? ResolvedPipeline(BoundPipeline pipeline, PassRun run)
    {
        var resolved = run.Reports.Where(r => r.Resolved is not null).ToList();
        if (resolved.Count == 0) return null;
        return string.Join(", ", pipeline.Steps.Select(s => resolved.Find(r => s is PassStep && r.Step == s.SourceText)?.Resolved ?? s.SourceText).Where(t => t.Length > 0));
    }

    // What is loaded before the passes are through is of use only where there will be a check; until types are known, nothing is known to be safe.
    bool MayBeLoaded(Model model) =>
        options.Check && model.Revision > 0 && inference.Knows(model) && (RuntimeHazards.Find(model) ?? RunCost.Exceeds(model)) is null;

    // To dump after a pass of the other half is no mistake, and nothing to do here.
    static RunnerOptions Dumping(RunnerOptions runner, BoundPipeline phase, BoundPipeline other)
    {
        bool IsNamed(BoundPipeline pipeline) => pipeline.Passes.Any(p => p.Info.Name == runner.DumpAfter);
        return runner.DumpAfter is not null && !IsNamed(phase) && IsNamed(other) ? runner with { DumpAfter = null, Dump = null } : runner;
    }

    // The model that the check leaves, and the run behind it.
    (bool IsOk, Model Model, PassRun Run, CheckReport? Check) Settle(BoundPipeline exact, PassRun run, Model model, FusionCheck fusions)
    {
        if (!options.Check || model.Revision == 0) return (true, model, run, null);
        var staged = ModelWriter.Stage(model, options.Output, options.Write);
        if (!staged.IsOk)
        {
            diagnostics.AddRange(staged.Diagnostics);
            return (false, model, run, null);
        }
        using var output = new StagedOutput(staged.Value);
        var check = Check(exact, run, model, fusions, output);
        return (check.Outcome != CheckOutcome.Failed, output.Model ?? model, output.Run ?? run, check);
    }

    PassRun RunPasses(BoundPipeline pipeline, Model model, RunnerOptions runner) =>
        new PassRunner(new OrtEvaluator(), inference, runner with { Verify = Verifier.Check, Calibrator = calibrator, Meter = meter, Resilience = resilience, Tensors = new TensorReader(), Gates = options.Gates }, new OrtOptimizer()).Run(pipeline, model);

    CheckReport Check(BoundPipeline pipeline, PassRun run, Model model, FusionCheck fusions, StagedOutput output)
    {
        if (!options.Check) return CheckReport.Without(CheckOutcome.Skipped, "turned off");
        if (model.Revision == 0) return CheckReport.Without(CheckOutcome.Skipped, "nothing changed");
        // Parts are run as well, so what ONNX Runtime would die of, or what would not fit into memory, is not tried at all.
        if ((RuntimeHazards.Find(model) ?? RunCost.Exceeds(model)) is { } excess) return Impossible(excess);
        var numerics = NumericsOf(run);
        // Nothing is known of what will be fed to an input that the original has not.
        if (numerics == Numerics.Approximate && model.Main.RequiredInputs.FirstOrDefault(i => !inputs.Contains(i.Name)) is { } added)
            return CheckReport.Without(CheckOutcome.Skipped, $"the result takes `{added.Name}`, which the original does not");
        // What changes the function on purpose may well change what can be fused.
        var counting = numerics == Numerics.Approximate ? null : fusions.Start(model, output.Staged);
        var report = CheckNumbers(pipeline, run, numerics, model, output);
        if (counting is null) return report;
        var counted = counting.GetAwaiter().GetResult();
        if (counted.Lost.Count == 0 || report.Outcome != CheckOutcome.Passed) return report with { Fusions = counted };
        return KeepFusions(pipeline, fusions, counted, report, output);
    }

    CheckReport CheckNumbers(BoundPipeline pipeline, PassRun run, Numerics numerics, Model model, StagedOutput output)
    {
        var validation = new TranslationValidation(options, inference).Validate(model, output.Staged, numerics);
        if (validation is { Succeeded: true }) return new CheckReport(CheckOutcome.Passed, null, null, []) { Validation = validation };
        progress?.Invoke(new("check", "running both models", 0, 0));
        // A difference in a part may show only where a condition takes a certain turn.
        var check = new DifferentialCheck(options, DropsOutputs(run), runs: validation is { Differing: > 0 } ? RunsUnderSuspicion : 1);
        var report = check.Compare(output.Staged, numerics) with { Validation = validation };
        if (report.Outcome == CheckOutcome.Impossible) return Impossible(report.Reason ?? "") with { Validation = validation };
        if (report.Outcome != CheckOutcome.Failed) return report;

        progress?.Invoke(new("check", "looking for the change that is wrong", 0, 0));
        var repair = new Repair(options, check, denied => Rebuild(pipeline, denied));
        var (repaired, fixedOutput, found) = repair.Find(run.Changes, report);
        repaired = repaired with { Validation = validation };
        foreach (var (key, scope) in found) diagnostics.Add(Blame(key, scope, report.Reason));
        if (fixedOutput is null || options.Strict)
        {
            fixedOutput?.Dispose();
            if (found.Count == 0) diagnostics.Add(Diagnostic.Create(Descriptors.ResultDiffers, ModelLocation.Of(model), report.Reason));
            return repaired with { Outcome = CheckOutcome.Failed };
        }
        output.Replace(fixedOutput);
        return repaired;
    }

    Diagnostic Blame(StepKey change, string scope, string? reason)
    {
        var rounds = !options.Strict && options.Catalog.Find(change.Pass)?.Numerics == Numerics.Rounding;
        var descriptor = rounds ? Descriptors.RoundsTooMuch : options.Strict ? Descriptors.WrongChangeStrict : Descriptors.WrongChange;
        var diagnostic = Diagnostic.Create(descriptor, new ModelLocation(options.Input, scope), change.Pass, change.What, reason);
        return rounds ? diagnostic : diagnostic.WithHelp($"please report this with the model; `--explain-rule {change.Pass}` shows how the rule matched");
    }

    // The numbers are right, so when compiling again does not help, this result stays, and the warning tells.
    CheckReport KeepFusions(BoundPipeline pipeline, FusionCheck fusions, FusionReport counted, CheckReport report, StagedOutput output)
    {
        progress?.Invoke(new("check", "compiling again without changing what ONNX Runtime fuses", 0, 0));
        if (CompileAround(counted, pipeline) is { } candidate)
        {
            var again = fusions.Start(candidate.Model, candidate.Staged).GetAwaiter().GetResult();
            if (again is { Reason: null, Lost.Count: 0 }
                && new DifferentialCheck(options, DropsOutputs(candidate.Run)).Compare(candidate.Staged, candidate.Numerics) is { Outcome: CheckOutcome.Passed } passed)
            {
                output.Replace(candidate);
                return passed with { Fusions = again with { Kept = counted.Lost } };
            }
            candidate.Dispose();
        }
        if (counted.Costs) diagnostics.Add(Diagnostic.Create(Descriptors.FusionLost, new ModelLocation(options.Input, ""), counted.Loss));
        return report with { Fusions = counted };
    }

    // Compiles again and leaves alone what stands in the patterns of the fusions that were lost.
    Rebuilt? CompileAround(FusionReport counted, BoundPipeline pipeline)
    {
        if (ModelReader.Read(options.Input, options.Read).Value is not { } original) return null;
        var patterns = counted.Before!.ValuesAtAndAround(original, [.. counted.Lost.Select(l => l.Key)]);
        return Rebuild(pipeline, new RunnerOptions { StopAfter = options.StopAfter, Protected = patterns });
    }

    CheckReport Impossible(string reason)
    {
        diagnostics.Add(Diagnostic.Create(Descriptors.CheckImpossible, new ModelLocation(options.Input, ""), reason));
        return CheckReport.Without(CheckOutcome.Impossible, reason);
    }

    bool DropsOutputs(PassRun run) => run.Reports.Any(r => r.ModelChanged && options.Catalog.Find(r.Pass)?.DropsOutputs == true);

    // What the passes that changed something promise, the loosest of them.
    static Numerics NumericsOf(PassRun run) => run.Reports.Where(r => r.ModelChanged).Select(r => r.Numerics).DefaultIfEmpty(Numerics.Exact).Max();

    // Compiles again from the file, leaving out what is denied or stopping early; null when that fails.
    Rebuilt? Rebuild(BoundPipeline pipeline, RunnerOptions runner)
    {
        var read = ModelReader.Read(options.Input, options.Read);
        if (!read.IsOk) return null;
        var run = RunPasses(pipeline, read.Value, runner);
        if (!run.Succeeded) return null;
        var staged = ModelWriter.Stage(read.Value, options.Output, options.Write);
        return staged.IsOk ? new Rebuilt(read.Value, staged.Value, run, NumericsOf(run)) : null;
    }

    T Timed<T>(string stage, string detail, Func<T> work)
    {
        progress?.Invoke(new(stage, detail, 0, 0));
        var watch = Stopwatch.StartNew();
        var result = work();
        timings.Add((stage, watch.Elapsed.TotalMilliseconds));
        return result;
    }

    CompileResult Failed(IReadOnlyList<Diagnostic> errors, CompileResult? result = null)
    {
        diagnostics.AddRange(errors);
        return (result ?? new CompileResult { Diagnostics = diagnostics }) with { Diagnostics = diagnostics, Timings = timings };
    }
}
