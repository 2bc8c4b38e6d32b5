using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.Passes;

namespace Onnxc.Cli.Commands;

/// <summary>Lists passes and built-in pipelines, or shows one of them.</summary>
sealed class PassesCommand : ToolCommand<PassesReport>
{
    readonly Argument<string?> name = new("NAME")
    {
        Description = "A pass, or a built-in pipeline such as @default.",
        Arity = ArgumentArity.ZeroOrOne,
        // Help lists completions unless there is a name for the value.
        HelpName = "NAME",
        CompletionSources = { _ => Names(StandardCatalog.Instance).Select(n => new CompletionItem(n)) },
    };

    readonly Option<bool> markdown = new("--markdown") { Description = "Print the text of PASSES.md instead." };

    public PassesCommand() : base("passes", "List passes and built-in pipelines, or show one with its options.")
    {
        Add(name);
        Add(markdown);
    }

    protected override JsonTypeInfo<PassesReport> JsonType => JsonContext.Default.PassesReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        var catalog = StandardCatalog.Instance;
        var wanted = arguments.GetValue(name);
        var passes = catalog.Passes.Where(p => wanted is null || p.Name == wanted).Select(ToJson).ToList();
        var pipelines = catalog.Pipelines.Where(p => wanted is null || $"@{p.Key}" == wanted)
            .Select(p => new PassesReport.PipelineJson(p.Key, p.Value.Summary, p.Value.Text)).ToList();
        if (passes.Count + pipelines.Count > 0 || wanted is null) return Done(new() { Passes = passes, Pipelines = pipelines });
        var error = wanted.StartsWith('@')
            ? Diagnostic.Create(Descriptors.UnknownPipeline, null, wanted[1..])
            : Diagnostic.Create(Descriptors.UnknownPass, null, wanted);
        return Refuse(error with { Help = Suggestions.Help(wanted, Names(catalog)) ?? "`onnxc passes` lists all" });
    }

    protected override void Print(PassesReport report, ParseResult arguments, TextWriter output)
    {
        if (arguments.GetValue(markdown)) output.Write(PassesDocument.Generate(StandardCatalog.Instance));
        else if (report is { Passes: [var pass], Pipelines: [] }) PrintOne(pass, output);
        else PrintAll(report, output);
    }

    static IEnumerable<string> Names(PassCatalog catalog) => catalog.Passes.Select(p => p.Name).Concat(catalog.Pipelines.Keys.Select(k => $"@{k}"));

    static void PrintAll(PassesReport report, TextWriter output)
    {
        var table = new TextTable("", "", "");
        foreach (var pass in report.Passes) table.Add(pass.Name, pass.Numerics, pass.Summary);
        table.WriteTo(output);
        if (report.Passes.Count > 0 && report.Pipelines.Count > 0) output.WriteLine();
        foreach (var pipeline in report.Pipelines) output.WriteLine($"@{pipeline.Name}: {pipeline.Summary}\n    {pipeline.Text}");
    }

    static void PrintOne(PassesReport.PassJson pass, TextWriter output)
    {
        output.WriteLine($"{pass.Name} ({pass.Numerics}{(pass.SupportsWhere ? "" : ", takes no `where`")}): {pass.Summary}");
        if (pass.Options.Count == 0) return;
        output.WriteLine();
        var table = new TextTable("", "", "");
        foreach (var o in pass.Options)
        {
            var kind = o.Choices.Count > 0 ? string.Join('|', o.Choices) : o.Kind;
            table.Add($"  {o.Name}", $"{(o.IsList ? $"[{kind}]" : kind)}, default {o.Default}", o.Help);
        }
        table.WriteTo(output);
    }

    static PassesReport.PassJson ToJson(PassInfo pass) => new(
        pass.Name, pass.Summary, KebabCase.Of(pass.Numerics.ToString()), pass.SupportsWhere,
        [.. pass.Options.Select(o => new PassesReport.OptionJson(o.Name, KebabCase.Of(o.Kind.ToString()), o.IsList, o.DefaultText, o.Choices, o.Help))]);
}
