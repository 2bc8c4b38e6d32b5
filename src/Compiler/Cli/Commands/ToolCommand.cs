using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Commands;

/// <summary>
/// A command whose result can be had as JSON. It computes a <typeparamref name="TReport"/>, and prints it for people unless JSON goes to
/// the output.
/// </summary>
abstract class ToolCommand<TReport> : Command where TReport : Report, new()
{
    readonly Option<string?> json = new("--json")
    {
        HelpName = "FILE",
        Description = "Write the result as JSON, to FILE or to the output.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    protected ToolCommand(string name, string description) : base(name, description)
    {
        Add(json);
        SetAction(Invoke);
    }

    protected abstract JsonTypeInfo<TReport> JsonType { get; }

    /// <summary>Does the work. Diagnostics of the outcome are reported by the caller.</summary>
    protected abstract Outcome Run(ParseResult arguments, Terminal terminal);

    /// <summary>Prints the result for people.</summary>
    protected abstract void Print(TReport report, ParseResult arguments, TextWriter output);

    protected static Outcome Done(TReport report, int exitCode = ExitCodes.Fine, IReadOnlyList<Diagnostic>? diagnostics = null) =>
        new(report, exitCode, diagnostics ?? []);

    protected static Outcome Refuse(params IReadOnlyList<Diagnostic> diagnostics) => new(new TReport(), ExitCodes.BadInput, diagnostics);

    int Invoke(ParseResult arguments)
    {
        var terminal = new Terminal(arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
        var file = arguments.GetValue(json);
        if (file is not null && !file.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            terminal.Report([Diagnostic.Create(Descriptors.JsonTarget, null, file)]);
            return ExitCodes.BadInput;
        }
        var (report, exitCode, diagnostics) = Run(arguments, terminal);
        terminal.Report(diagnostics);
        var asJson = arguments.GetResult(json) is not null;
        if (exitCode != ExitCodes.BadInput && (!asJson || file is not null)) Print(report, arguments, terminal.Output);
        if (!asJson) return exitCode;
        var written = report with { ExitCode = exitCode, Diagnostics = [.. diagnostics.Select(DiagnosticJson.Of)] };
        if (terminal.WriteJson(written, JsonType, file) is not { } failure) return exitCode;
        terminal.Report([failure]);
        return ExitCodes.BadInput;
    }

    /// <summary>What <see cref="Run"/> found, how the process ends, and what there is to say.</summary>
    protected sealed record Outcome(TReport Report, int ExitCode, IReadOnlyList<Diagnostic> Diagnostics);
}
