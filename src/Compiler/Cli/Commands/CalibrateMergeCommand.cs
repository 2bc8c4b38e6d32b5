using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Calibration;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Commands;

/// <summary>Puts the tables of several shards together: the same, byte for byte, as a table of all samples.</summary>
sealed class CalibrateMergeCommand : ToolCommand<CalibrateReport>
{
    readonly Argument<string[]> tables = new("TABLES") { Description = "Tables of the same model.", Arity = ArgumentArity.OneOrMore };
    readonly Option<string?> target = new("--output", "-o") { HelpName = "T.calib", Description = "Where to write the result." };

    public CalibrateMergeCommand() : base("merge", "Put the tables of several shards together.")
    {
        Add(tables);
        Add(target);
    }

    protected override JsonTypeInfo<CalibrateReport> JsonType => JsonContext.Default.CalibrateReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        if (arguments.GetValue(target) is not { } file) return Refuse(Diagnostic.Create(Descriptors.MissingOutput, null, "`calibrate merge`").WithHelp("add `-o T.calib`"));
        CalibrationTable? merged = null;
        foreach (var path in arguments.GetRequiredValue(tables))
        {
            var read = CalibrationFile.Read(path);
            if (!read.IsOk) return Refuse(read.Diagnostics);
            merged ??= new CalibrationTable(read.Value.Model);
            if (merged.Merge(read.Value, path) is { } failure) return Refuse(failure);
        }
        if (CalibrationFile.Write(file, merged!) is { } unwritten) return Refuse(unwritten);
        return Done(CalibrateReports.Of(file, merged!));
    }

    protected override void Print(CalibrateReport report, ParseResult arguments, TextWriter output) => CalibrateReports.Print(report, output);
}
