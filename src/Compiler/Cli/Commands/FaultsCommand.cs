using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>Flips bits of weights or activations at random and says how much of a model's accuracy is left.</summary>
sealed class FaultsCommand : ToolCommand<FaultsReport>
{
    readonly Argument<string> model = new("MODEL") { Description = "An .onnx file." };
    readonly FaultsArguments arguments;

    public FaultsCommand() : base("faults", "Flip bits of weights or activations at random and measure how much accuracy is left.")
    {
        Add(model);
        arguments = new(this);
        Add(new FaultsMergeCommand());
    }

    protected override JsonTypeInfo<FaultsReport> JsonType => JsonContext.Default.FaultsReport;

    protected override Outcome Run(ParseResult parsed, Terminal terminal)
    {
        var read = arguments.Read(parsed);
        if (!read.IsOk) return Refuse(read.Diagnostics);
        var (options, watch) = (read.Value, Stopwatch.StartNew());
        var paths = new[] { parsed.GetRequiredValue(model), arguments.Against(parsed) }.OfType<string>().ToList();
        var (ledgers, diagnostics) = (new List<(string, FaultLedger)>(), new List<Diagnostic>());
        foreach (var path in paths)
        {
            var ran = ProgressDisplay.Show(terminal, arguments.IsQuiet(parsed), say =>
                Campaign(path, parsed, options with { Progress = new EtaLine(Path.GetFileName(path), say).Show }, arguments.Ledger(parsed, isFirst: ledgers.Count == 0)));
            if (!ran.IsOk) return Refuse(ran.Diagnostics);
            diagnostics.AddRange(ran.Diagnostics);
            ledgers.Add((path, ran.Value));
        }
        var report = FaultsReports.Of(ledgers) with { Seconds = watch.Elapsed.TotalSeconds };
        if (arguments.Report(parsed) is { } html && FaultsHtml.Write(html, report) is { } failure) return Refuse(failure);
        return Done(report, diagnostics: diagnostics);
    }

    Result<FaultLedger> Campaign(string path, ParseResult parsed, FaultOptions options, string? ledger)
    {
        var source = ModelSource.File(path);
        var loaded = source.Load();
        if (!loaded.IsOk) return Result<FaultLedger>.Fail(loaded.Diagnostics);
        Result<DataSet> data;
        using (var session = loaded.Value) data = RuntimeOptions.ReadData(arguments.Data(parsed), session);
        if (!data.IsOk) return Result<FaultLedger>.Fail(data.Diagnostics);
        if (arguments.NeedsLabels(parsed) && data.Value.Labels is null) return Result<FaultLedger>.Fail(Diagnostic.Create(Descriptors.LabelsNeeded, null, "the data hold no `labels`"));
        return new FaultCampaign(source, data.Value, options).Run(ledger);
    }

    protected override void Print(FaultsReport report, ParseResult arguments, TextWriter output) => FaultsReports.Print(report, output);
}
