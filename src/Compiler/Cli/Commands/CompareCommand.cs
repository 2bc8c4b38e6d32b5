using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.Passes;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>Runs two models on the same inputs and says how far they are apart.</summary>
sealed class CompareCommand : ToolCommand<CompareReport>
{
    readonly Argument<string> reference = new("REF") { Description = "The model that is right." };
    readonly Argument<string> candidate = new("CANDIDATE") { Description = "The model to judge." };

    readonly Option<bool> layers = new("--layers")
    {
        Description = "Compare every value that both models have, and name the first that diverges.",
    };

    readonly Option<bool> exact = new("--exact") { Description = "Demand the same bits." };
    readonly Option<double?> maxError = new("--max-error") { HelpName = "E", Description = "Largest absolute error allowed." };
    readonly Option<double?> minSqnr = new("--min-sqnr") { HelpName = "DB", Description = "Least signal-to-error ratio, in dB." };

    readonly Option<double?> minAgreement = new("--min-agreement")
    {
        HelpName = "P",
        Description = "Least share of rows with the same greatest element, 0 to 1.",
    };

    readonly Option<int> runs = new("--runs") { HelpName = "N", Description = "Sets of generated inputs.", DefaultValueFactory = _ => 1 };

    readonly Option<int> batch = new("--batch")
    {
        HelpName = "N",
        Description = "Samples per run, where the models leave that open.",
        DefaultValueFactory = _ => 1,
    };

    readonly Option<int> limit = new("--limit")
    {
        HelpName = "N",
        Description = "Use the first N samples of the data.",
        DefaultValueFactory = _ => int.MaxValue,
    };

    readonly RuntimeOptions runtime;

    public CompareCommand() : base("compare", "Compare what two models compute; exit code 1 when they are further apart than allowed.")
    {
        Add(reference);
        Add(candidate);
        foreach (var option in new Option[] { layers, exact, maxError, minSqnr, minAgreement, runs, batch, limit }) Add(option);
        runtime = new(this);
    }

    protected override JsonTypeInfo<CompareReport> JsonType => JsonContext.Default.CompareReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        var shapes = runtime.Shapes(arguments);
        if (!shapes.IsOk) return Refuse(shapes.Diagnostics);
        var settings = runtime.Settings(arguments);
        var options = new ComparisonOptions
        {
            Mode = Mode(arguments),
            MaxError = arguments.GetValue(maxError),
            MinSqnr = arguments.GetValue(minSqnr),
            MinAgreement = arguments.GetValue(minAgreement),
            Seed = runtime.Seed(arguments),
            Runs = arguments.GetValue(runs),
            Shapes = shapes.Value,
            Reference = settings,
            Candidate = runtime.CandidateSettings(arguments),
        };
        var (from, to) = (ModelSource.File(arguments.GetRequiredValue(reference)), ModelSource.File(arguments.GetRequiredValue(candidate)));
        var samples = Samples(arguments, from, settings);
        if (samples is { IsOk: false }) return Refuse(samples.Diagnostics);
        var comparer = new ModelComparer(options);
        if (arguments.GetValue(layers)) return Layers(comparer.Layers(from, to, samples?.Value), options);
        var outcome = Outputs(comparer.Compare(from, to, samples?.Value));
        return outcome with
        {
            Report = outcome.Report with
            {
                ReferenceAccuracy = Accuracy(arguments, from, settings),
                CandidateAccuracy = Accuracy(arguments, to, runtime.CandidateSettings(arguments)),
            },
        };
    }

    // Null without labels.
    double? Accuracy(ParseResult arguments, ModelSource source, SessionSettings settings)
    {
        if (runtime.Data(arguments) is not { } path || source.Load(settings) is not { IsOk: true, Value: var loaded }) return null;
        using var model = loaded;
        return RuntimeOptions.ReadData(path, model) is { IsOk: true, Value: var data } ? LabelledRun.Accuracy(data, source, settings, arguments.GetValue(limit)) : null;
    }

    // A threshold of one's own replaces the built-in tolerance, which would otherwise fail every approximate model.
    ToleranceMode Mode(ParseResult arguments) =>
        arguments.GetValue(exact) ? ToleranceMode.Exact
        : (arguments.GetValue(maxError) ?? arguments.GetValue(minSqnr) ?? arguments.GetValue(minAgreement)) is null ? ToleranceMode.Rounding
        : ToleranceMode.Approximate;

    // Null when inputs are to be generated.
    Result<IReadOnlyList<Sample>>? Samples(ParseResult arguments, ModelSource source, SessionSettings settings)
    {
        if (runtime.Data(arguments) is not { } path) return null;
        var loaded = source.Load(settings);
        if (!loaded.IsOk) return Result<IReadOnlyList<Sample>>.Fail(loaded.Diagnostics);
        using var model = loaded.Value;
        var data = RuntimeOptions.ReadData(path, model);
        return data.IsOk
            ? Result<IReadOnlyList<Sample>>.Ok([.. data.Value.Batches(model.Inputs, arguments.GetValue(batch), arguments.GetValue(limit))])
            : Result<IReadOnlyList<Sample>>.Fail(data.Diagnostics);
    }

    static Outcome Outputs(Result<ComparisonReport> compared)
    {
        if (!compared.IsOk) return Refuse(compared.Diagnostics);
        var found = compared.Value;
        return Judge(found.Verdict, compared.Diagnostics, new()
        {
            Reason = found.Reason,
            Mode = KebabCase.Of(found.Mode.ToString()),
            Samples = found.Samples,
            Values = [.. found.Outputs.Select(CompareReport.ValueJson.Of)],
        });
    }

    static Outcome Layers(Result<LayerReport> compared, ComparisonOptions options)
    {
        if (!compared.IsOk) return Refuse(compared.Diagnostics);
        var found = compared.Value;
        return Judge(found.Verdict, compared.Diagnostics, new()
        {
            Reason = found.Reason,
            Mode = KebabCase.Of(options.Mode.ToString()),
            Values = [.. found.Layers.Select(CompareReport.ValueJson.Of)],
            FirstDivergence = found.FirstDivergence,
            FirstDivergentNode = found.FirstDivergentNode,
        });
    }

    static Outcome Judge(Verdict verdict, IReadOnlyList<Diagnostic> diagnostics, CompareReport report) => Done(
        report with { Verdict = KebabCase.Of(verdict.ToString()) },
        verdict == Verdict.WithinTolerance ? ExitCodes.Fine : ExitCodes.CheckFailed, diagnostics);

    protected override void Print(CompareReport report, ParseResult arguments, TextWriter output)
    {
        var table = new TextTable("", "value", "type", " mismatches", " max error", " tolerance", " SQNR dB", " cosine", " agreement");
        foreach (var v in report.Values)
            table.Add(v.Passed ? "ok" : "FAIL", v.Name, v.Type, $"{Units.Count(v.Mismatches)}/{Units.Count(v.Elements)}", Units.Number(v.MaxError),
                Optional(v.Tolerance), v.Exact ? "exact" : Optional(v.SqnrDb), Units.Number(v.Cosine), Optional(v.Agreement));
        table.WriteTo(output);
        if (report is { ReferenceAccuracy: { } before, CandidateAccuracy: { } after })
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accuracy {before:p2} -> {after:p2}"));
        foreach (var v in report.Values.Where(v => v.Reason is not null)) output.WriteLine($"{v.Name}: {v.Reason}");
        if (report.FirstDivergence is { } first) output.WriteLine($"first divergence: `{first}`, made by `{report.FirstDivergentNode}`");
        output.WriteLine(report.Reason is { } reason ? $"{report.Verdict}: {reason}" : report.Verdict);
    }

    static string Optional(double? value) => value is { } number ? Units.Number(number) : "-";
}
