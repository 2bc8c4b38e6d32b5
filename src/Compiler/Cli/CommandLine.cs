using System.CommandLine;
using System.CommandLine.Invocation;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;

namespace Onnxc.Cli;

/// <summary>Parses a command line, runs its command, and turns whatever goes wrong into diagnostics and an exit code.</summary>
static class CommandLine
{
    // `@name` names a built-in pipeline here, not a response file.
    static readonly ParserConfiguration Syntax = new() { ResponseFileTokenReplacer = null };

    public static int Run(Func<RootCommand> create, string[] arguments, TextWriter output, TextWriter error)
    {
        var parsed = create().Parse(arguments, Syntax);
        var terminal = new Terminal(output, error);
        try
        {
            if (parsed.Action is not ParseErrorAction)
                return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
            terminal.Report(Errors(parsed));
            return ExitCodes.BadInput;
        }
        catch (DiagnosticException e)
        {
            terminal.Report([e.Diagnostic]);
            return ExitCodes.BadInput;
        }
#pragma warning disable CA1031 // The outermost frame: an exception that gets here is a bug, and a stack trace is no message.
        catch (Exception e)
#pragma warning restore CA1031
        {
            terminal.Report([Diagnostic.Create(Descriptors.CommandFailed, null, parsed.CommandResult.Command.Name, $"{e.GetType().Name}: {e.Message}")]);
            if (Environment.GetEnvironmentVariable("ONNXC_TRACE") is { Length: > 0 }) error.WriteLine(e);
            return ExitCodes.BadInput;
        }
    }

    static IEnumerable<Diagnostic> Errors(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var known = command.Options.SelectMany(o => o.Aliases.Append(o.Name)).Concat(command.Subcommands.Select(c => c.Name)).ToList();
        var path = command is RootCommand ? "onnxc" : $"onnxc {command.Name}";
        foreach (var error in parsed.Errors)
        {
            var unknown = parsed.UnmatchedTokens.FirstOrDefault(t => error.Message.Contains($"'{t}'", StringComparison.Ordinal));
            var help = unknown is null ? null : Suggestions.Help(unknown, known);
            // System.CommandLine lists choices on lines of their own.
            var lines = error.Message.TrimEnd('.').Replace('\'', '`').Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var message = lines.Length == 1 ? lines[0] : $"{lines[0]} {string.Join(", ", lines[1..])}";
            // Lower case like every message, unless it begins with a name.
            if (message.Length > 1 && char.IsLower(message[1])) message = char.ToLowerInvariant(message[0]) + message[1..];
            yield return Diagnostic.Create(Descriptors.BadCommandLine, null, message).WithHelp(help ?? $"`{path} --help` shows how the command is used");
        }
    }
}
