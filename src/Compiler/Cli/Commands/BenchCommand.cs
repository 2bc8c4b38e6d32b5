using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>Times a model, or two in turns.</summary>
sealed class BenchCommand : ToolCommand<BenchReport>
{
    readonly Argument<string> model = new("MODEL") { Description = "An .onnx file." };

    readonly Argument<string?> other = new("OTHER")
    {
        Description = "A model to time against it, run by run in the same process.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    readonly Option<int> runs = new("--runs") { HelpName = "N", Description = "Timed runs of each model.", DefaultValueFactory = _ => 50 };

    readonly Option<int> warmup = new("--warmup")
    {
        HelpName = "N",
        Description = "Runs before the clock starts.",
        DefaultValueFactory = _ => 5,
    };

    readonly RuntimeOptions runtime;

    public BenchCommand() : base("bench", "Time a model, or two models in turns: medians and their ratio.")
    {
        Add(model);
        Add(other);
        Add(runs);
        Add(warmup);
        runtime = new(this);
    }

    protected override JsonTypeInfo<BenchReport> JsonType => JsonContext.Default.BenchReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        var shapes = runtime.Shapes(arguments);
        if (!shapes.IsOk) return Refuse(shapes.Diagnostics);
        var (first, second) = (arguments.GetRequiredValue(model), arguments.GetValue(other));
        var candidate = runtime.CandidateSettings(arguments);
        var settings = second is null ? candidate : runtime.Settings(arguments);
        var options = new BenchmarkOptions
        {
            Runs = arguments.GetValue(runs),
            Warmup = arguments.GetValue(warmup),
            Settings = settings,
            OtherSettings = candidate,
            Seed = runtime.Seed(arguments),
            Shapes = shapes.Value,
        };
        if (runtime.Data(arguments) is { } path)
        {
            var inputs = FirstSample(first, path, settings);
            if (!inputs.IsOk) return Refuse(inputs.Diagnostics);
            options = options with { Inputs = inputs.Value.Inputs };
        }
        var timed = new PairedBenchmark(options).Run(ModelSource.File(first), second is null ? null : ModelSource.File(second));
        if (!timed.IsOk) return Refuse(timed.Diagnostics);
        var t = timed.Value;
        return Done(new()
        {
            Runs = t.Runs,
            Threads = t.Threads,
            First = ToJson(first, t.First),
            Other = t.Other is { } timing ? ToJson(second!, timing) : null,
            Ratio = t.Ratio,
            RatioLow = t.RatioLow,
            RatioHigh = t.RatioHigh,
        }, diagnostics: timed.Diagnostics);
    }

    static Result<Sample> FirstSample(string model, string path, SessionSettings settings)
    {
        var loaded = OrtModel.Load(model, settings);
        if (!loaded.IsOk) return Result<Sample>.Fail(loaded.Diagnostics);
        using var session = loaded.Value;
        var data = RuntimeOptions.ReadData(path, session);
        return data.IsOk ? Result<Sample>.Ok(data.Value.Batches(session.Inputs).First()) : Result<Sample>.Fail(data.Diagnostics);
    }

    protected override void Print(BenchReport report, ParseResult arguments, TextWriter output)
    {
        var table = new TextTable("model", " median", " minimum", " 90 %", " load");
        foreach (var t in new[] { report.First, report.Other }.OfType<BenchReport.TimingJson>())
            table.Add([Path.GetFileName(t.Model), .. new[] { t.MedianMs, t.MinimumMs, t.Percentile90Ms, t.LoadMs }.Select(Units.Milliseconds)]);
        table.WriteTo(output);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Runs} runs each, {report.Threads} thread{(report.Threads == 1 ? "" : "s")}"));
        if (report is { Ratio: { } ratio, RatioLow: { } low, RatioHigh: { } high })
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"ratio of medians {ratio:0.000} (95 %: {low:0.000} to {high:0.000}): {Judgement(ratio, low, high)}"));
    }

    // An interval that holds 1 shows no difference, whatever the medians say.
    static string Judgement(double ratio, double low, double high) =>
        low <= 1 && high >= 1 ? "no difference shown"
        : ratio < 1 ? string.Create(CultureInfo.InvariantCulture, $"the second is {1 / ratio:0.00} times as fast")
        : string.Create(CultureInfo.InvariantCulture, $"the second takes {ratio:0.00} times as long");

    static BenchReport.TimingJson ToJson(string path, Timing t) => new(path, t.Median, t.Minimum, t.Percentile90, t.LoadMilliseconds);
}
