using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Commands;

/// <summary>Explains a diagnostic, or lists all of them.</summary>
sealed class ExplainCommand : ToolCommand<ExplainReport>
{
    readonly Argument<string?> id = new("ID")
    {
        Description = "Id of a diagnostic, such as ONNXC0202; all are listed without one.",
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "ID",
        CompletionSources = { _ => Descriptors.All.Select(d => new CompletionItem(d.Id)) },
    };

    public ExplainCommand() : base("explain", "Explain a diagnostic: what triggers it and what to do.") => Add(id);

    protected override JsonTypeInfo<ExplainReport> JsonType => JsonContext.Default.ExplainReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        if (arguments.GetValue(id) is not { } wanted) return Done(new() { Entries = [.. Descriptors.All.Select(ToJson)] });
        if (Descriptors.Find(wanted) is { } descriptor) return Done(new() { Entries = [ToJson(descriptor)] });
        var error = Diagnostic.Create(Descriptors.UnknownDiagnostic, null, wanted);
        return Refuse(error with { Help = Suggestions.Help(wanted, Descriptors.All.Select(d => d.Id)) ?? "`onnxc explain` lists all" });
    }

    protected override void Print(ExplainReport report, ParseResult arguments, TextWriter output)
    {
        if (report.Entries is [var one])
        {
            output.WriteLine($"{one.Severity}[{one.Id}]: {one.Message}\n\n{one.Explanation}");
            return;
        }
        var table = new TextTable("", "", "");
        foreach (var entry in report.Entries) table.Add(entry.Id, entry.Severity, entry.Message);
        table.WriteTo(output);
    }

    static ExplainReport.Entry ToJson(Descriptor d) => new(d.Id, d.Severity.ToString().ToLowerInvariant(), d.Message, d.Explanation);
}
