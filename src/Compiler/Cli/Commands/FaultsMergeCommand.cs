using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>Puts the trials of shards together.</summary>
sealed class FaultsMergeCommand : ToolCommand<FaultsReport>
{
    readonly Argument<string[]> ledgers = new("LEDGER") { Description = "Files that `faults --ledger` wrote.", Arity = ArgumentArity.OneOrMore };
    readonly Option<string?> target = new("--output", "-o") { HelpName = "FILE", Description = "Where to write the whole ledger." };
    readonly Option<string?> html = new("--report") { HelpName = "R.html", Description = "Write a report for people, with curves." };

    public FaultsMergeCommand() : base("merge", "Put ledgers of several shards together.")
    {
        Add(ledgers);
        Add(target);
        Add(html);
    }

    protected override JsonTypeInfo<FaultsReport> JsonType => JsonContext.Default.FaultsReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        FaultLedger? whole = null;
        var paths = arguments.GetRequiredValue(ledgers);
        foreach (var path in paths)
        {
            var read = FaultLedgerFile.Read(path);
            if (!read.IsOk) return Refuse(read.Diagnostics);
            if (whole is null)
            {
                whole = read.Value;
                continue;
            }
            if (whole.Mismatch(read.Value) is { } reason) return Refuse(Diagnostic.Create(Descriptors.LedgerMismatch, null, path, reason));
            foreach (var (place, trial) in read.Value.Trials) whole.Add(place, trial);
        }
        if (arguments.GetValue(target) is { } file && FaultLedgerFile.Write(file, whole!) is { } failure) return Refuse(failure);
        var report = FaultsReports.Of([(arguments.GetValue(target) ?? paths[0], whole!)]);
        return arguments.GetValue(html) is { } page && FaultsHtml.Write(page, report) is { } unwritten ? Refuse(unwritten) : Done(report);
    }

    protected override void Print(FaultsReport report, ParseResult arguments, TextWriter output) => FaultsReports.Print(report, output);
}
