using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Compilation;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Commands;

/// <summary>Runs a pipeline on a model, checks the result against the original, and writes it.</summary>
sealed class CompileCommand : ToolCommand<CompileReport>
{
    readonly CompileArguments options = new();

    public CompileCommand() : base("compile", "Transform a model with a pipeline, check the result, and write it.") => options.AddTo(this);

    protected override JsonTypeInfo<CompileReport> JsonType => JsonContext.Default.CompileReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        var dumps = new DumpWriter(options.DumpFolder(arguments));
        var read = options.Read(arguments, dumps);
        if (!read.IsOk) return Refuse(read.Diagnostics);
        var compile = read.Value;
        var result = ProgressDisplay.Show(terminal, options.IsQuiet(arguments), say =>
            Compiler.Compile(compile, p => say(p.Steps > 0 ? $"{p.Stage} [{p.Step}/{p.Steps}] {p.Detail}" : $"{p.Stage} {p.Detail}")));
        var report = CompileReports.Of(compile, result);
        List<Diagnostic> diagnostics = [.. result.Diagnostics, .. dumps.Failures, .. UnknownRule(compile, report)];
        if (options.ReportFile(arguments) is { } file)
        {
            report = report with { Layers = LayerErrors.Of(compile, result) };
            var complete = report with { Diagnostics = [.. diagnostics.Select(DiagnosticJson.Of)] };
            if (HtmlReport.Write(file, complete) is { } failure) diagnostics.Add(failure);
        }
        if (options.ResolvedFile(arguments) is { } target && TextFile.Write(target, $"{report.Resolved ?? report.Pipeline}\n") is { } unwritten) diagnostics.Add(unwritten);
        var exitCode = result.Check?.Outcome == CheckOutcome.Failed ? ExitCodes.CheckFailed
            : diagnostics.Exists(d => d.IsError) ? ExitCodes.BadInput
            : ExitCodes.Fine;
        return Done(report, exitCode, diagnostics);
    }

    protected override void Print(CompileReport report, ParseResult arguments, TextWriter output)
    {
        if (!options.IsQuiet(arguments)) CompileSummary.Print(report, options.IsVerbose(arguments), output);
    }

    // A rule need not be a pass of its own, so only one that nothing was heard of is taken for a misspelling.
    static IEnumerable<Diagnostic> UnknownRule(CompileOptions options, CompileReport report)
    {
        if (report.Explained is not { Matches: 0, Misses.Count: 0 } trace || options.Catalog.Find(trace.Rule) is not null) yield break;
        var error = Diagnostic.Create(Descriptors.UnknownPass, null, trace.Rule);
        yield return error with { Help = Suggestions.Help(trace.Rule, options.Catalog.Passes.Select(p => p.Name)) };
    }
}
