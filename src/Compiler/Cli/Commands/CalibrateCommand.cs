using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Calibration;
using Onnxc.Cli.Inspection;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>Runs data through a model once, and writes a table of what its values were.</summary>
sealed class CalibrateCommand : ToolCommand<CalibrateReport>
{
    readonly Argument<string> model = new("MODEL") { Description = "An .onnx file." };

    readonly Option<string?> data = RuntimeOptions.DataOption();

    readonly Option<string?> target = new("--output", "-o") { HelpName = "T.calib", Description = "Where to write the table." };

    readonly Option<string?> shard = new("--shard")
    {
        HelpName = "I/N",
        Description = "Take the I-th of every N samples; `calibrate merge` puts the tables together.",
    };

    readonly Option<int?> limit = new("--limit") { HelpName = "N", Description = "Take N samples at most." };

    readonly Option<long> memory = new("--memory")
    {
        HelpName = "MB",
        Description = "Memory for observed values; more passes over the data are made where they need more.",
        DefaultValueFactory = _ => 256,
    };

    readonly Option<int?> threads = new("--threads") { HelpName = "N", Description = "Samples to run at the same time; all cores by default." };
    readonly Option<bool> quiet = new("--quiet", "-q") { Description = "Show errors and warnings only." };

    public CalibrateCommand() : base("calibrate", "Run data through a model and write a table of what its values are.")
    {
        Add(model);
        foreach (var option in new Option[] { data, target, shard, limit, memory, threads, quiet }) Add(option);
        Add(new CalibrateMergeCommand());
    }

    protected override JsonTypeInfo<CalibrateReport> JsonType => JsonContext.Default.CalibrateReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        if (arguments.GetValue(data) is not { } path) return Refuse(Diagnostic.Create(Descriptors.BadCommandLine, null, "`calibrate` needs `--data DATA`"));
        if (arguments.GetValue(target) is not { } file) return Refuse(Diagnostic.Create(Descriptors.MissingOutput, null, "`calibrate`").WithHelp("add `-o T.calib`"));
        if (arguments.GetValue(limit) < 1) return Refuse(Diagnostic.Create(Descriptors.BadCommandLine, null, "`--limit` takes a number from 1"));
        if (arguments.GetValue(memory) < 1) return Refuse(Diagnostic.Create(Descriptors.BadCommandLine, null, "`--memory` takes a number from 1"));
        if (arguments.GetValue(threads) < 1) return Refuse(Diagnostic.Create(Descriptors.BadCommandLine, null, "`--threads` takes a number from 1"));
        if (ShardText.Parse(arguments.GetValue(shard)) is not { } part) return Refuse(Diagnostic.Create(Descriptors.BadCommandLine, null, ShardText.Problem));
        var read = ModelFile.Read(arguments.GetRequiredValue(model));
        if (!read.IsOk) return Refuse(read.Diagnostics);
        var samples = DataSet.ReadFor(read.Value, path);
        if (!samples.IsOk) return Refuse(samples.Diagnostics);
        var options = new CalibrationOptions
        {
            Limit = arguments.GetValue(limit) ?? int.MaxValue,
            Shard = part.Index,
            Shards = part.Count,
            MemoryBytes = arguments.GetValue(memory) << 20,
        };
        if (arguments.GetValue(threads) is { } wanted) options = options with { Threads = wanted };
        var table = ProgressDisplay.Show(terminal, arguments.GetValue(quiet), say =>
            new CalibrationRun(read.Value, samples.Value, options with { Progress = (done, all) => say($"calibrate [{done}/{all}]") }).Run(file + ".part"));
        if (!table.IsOk) return Refuse(table.Diagnostics);
        if (CalibrationFile.Write(file, table.Value) is { } failure) return Refuse(failure);
        return Done(CalibrateReports.Of(file, table.Value));
    }

    protected override void Print(CalibrateReport report, ParseResult arguments, TextWriter output) => CalibrateReports.Print(report, output);
}
