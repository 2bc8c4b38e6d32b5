using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Inspection;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;

namespace Onnxc.Cli.Commands;

/// <summary>Shows where two models differ; like <c>diff</c>, it fails when they do.</summary>
sealed class DiffCommand : ToolCommand<DiffReport>
{
    readonly Argument<string> first = new("A") { Description = "An .onnx or .onnxtxt file." };
    readonly Argument<string> second = new("B") { Description = "The model to compare with it." };

    public DiffCommand() : base("diff", "Show where two models differ; exit code 1 when they do.")
    {
        Add(first);
        Add(second);
    }

    protected override JsonTypeInfo<DiffReport> JsonType => JsonContext.Default.DiffReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        var (a, b) = (ModelFile.Read(arguments.GetRequiredValue(first)), ModelFile.Read(arguments.GetRequiredValue(second)));
        if (!a.IsOk || !b.IsOk) return Refuse([.. a.Diagnostics, .. b.Diagnostics]);
        var changes = ModelDiff.Compare(a.Value, b.Value);
        var report = new DiffReport { Identical = changes.Count == 0, Changes = changes };
        return Done(report, changes.Count == 0 ? ExitCodes.Fine : ExitCodes.CheckFailed, [.. a.Diagnostics, .. b.Diagnostics]);
    }

    protected override void Print(DiffReport report, ParseResult arguments, TextWriter output)
    {
        foreach (var change in report.Changes) DiffText.Print(change, output);
        output.WriteLine(report.Identical ? "no differences" : DiffText.Counts(report.Changes));
    }
}
