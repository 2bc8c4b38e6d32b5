using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Compilation;

/// <summary>
/// Runs original and result on the same seeded inputs. Both are optimised at ONNX Runtime's basic level; an exact pipeline must give the
/// same bits there. ONNX Runtime's own rewrites and prepacked kernels may find a pattern in one of the two only, so before an exact
/// pipeline is accused, both are compared once more as they are written. <c>runs</c>: sets of inputs; <c>outputsMayBeMissing</c>: a pass has taken
/// some away, as it was asked to.
/// </summary>
sealed class DifferentialCheck(CompileOptions options, bool outputsMayBeMissing, int runs = 1)
{
    public CheckReport Compare(StagedModel staged, Numerics numerics)
    {
        var mode = numerics switch
        {
            Numerics.Exact => ToleranceMode.Exact,
            Numerics.Rounding => ToleranceMode.Rounding,
            _ => ToleranceMode.Approximate,
        };
        var report = Compare(staged, mode, OptimizationLevel.Basic);
        if (report.Outcome == CheckOutcome.Failed && mode == ToleranceMode.Exact) report = Compare(staged, mode, OptimizationLevel.Disabled);
        // The CPU provider computes half precision in float and drops the casts between neighbours, so that bits depend on who the neighbours are.
        if (report.Outcome == CheckOutcome.Failed && mode == ToleranceMode.Exact && HasHalfPrecision()) report = Compare(staged, ToleranceMode.Rounding, OptimizationLevel.Disabled);
        return report;
    }

    CheckReport Compare(StagedModel staged, ToleranceMode mode, OptimizationLevel level)
    {
        var settings = SessionSettings.Default with { Optimization = level };
        if (level == OptimizationLevel.Disabled) settings = settings.With("session.disable_prepacking", "1");
        var comparer = new ModelComparer(new ComparisonOptions
        {
            Mode = mode,
            Seed = options.Seed,
            Runs = runs,
            OutputsMayBeMissing = outputsMayBeMissing,
            Shapes = options.Shapes,
            Reference = settings,
            Candidate = settings,
            Timeout = options.CheckBudget,
        });
        var compared = comparer.Compare(ModelSource.File(options.Input), ModelSource.File(staged.Path));
        if (!compared.IsOk)
        {
            var error = compared.Diagnostics.First(d => d.IsError);
            // A result that no longer loads, beside an original that does, is wrong; an original that does not run proves nothing.
            return RunsAlone(settings) && error.Descriptor != Diagnostics.Descriptors.RunTimedOut
                ? new CheckReport(CheckOutcome.Failed, null, error.Message, [])
                : CheckReport.Without(CheckOutcome.Impossible, error.Message);
        }
        var comparison = compared.Value;
        return comparison.Verdict switch
        {
            Verdict.WithinTolerance => new CheckReport(CheckOutcome.Passed, comparison, null, []),
            Verdict.NotComparable => new CheckReport(CheckOutcome.Impossible, comparison, comparison.Reason, []),
            _ => new CheckReport(CheckOutcome.Failed, comparison, Worst(comparison), []),
        };
    }

    bool HasHalfPrecision()
    {
        static bool IsHalf(ElementType? type) => type is ElementType.Float16 or ElementType.BFloat16;
        return ModelReader.Read(options.Input, options.Read) is { Value: { } model }
            && model.Bodies().Any(b => b.Inputs.Concat(b.Initializers).Concat(b.Nodes.SelectMany(n => n.Outputs)).Any(v => IsHalf(v.ElementType))
                || b.Nodes.Any(n => n.Op.Is("Cast") && IsHalf((ElementType?)n.Attributes.Int("to"))));
    }

    bool RunsAlone(SessionSettings settings)
    {
        var loaded = OrtModel.Load(options.Input, settings);
        if (!loaded.IsOk) return false;
        using var model = loaded.Value;
        return new InputGenerator(options.Seed, options.Shapes).ForModel(model, options.CheckBudget).IsOk;
    }

    static string Worst(ComparisonReport report) =>
        report.Outputs.FirstOrDefault(o => !o.Passed) is { } output ? $"output `{output.Name}`: {output.Reason}" : report.Reason ?? "outputs differ";
}
