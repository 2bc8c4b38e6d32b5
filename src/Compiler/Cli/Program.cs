using System.CommandLine;
using Onnxc.Cli.Commands;

namespace Onnxc.Cli;

/// <summary>The tool's verbs. Exit codes: 0 fine, 1 a check failed, 2 usage or bad input.</summary>
static class Program
{
    static int Main(string[] arguments)
    {
        // The empty pipeline is an argument of its own.
        var warmUp = arguments is ["compile", ..] ? WarmUp.Start(usesRuntime: !arguments.Contains("")) : null;
        var exitCode = Run(arguments, Console.Out, Console.Error);
        warmUp?.Join();
        return exitCode;
    }

    internal static int Run(string[] arguments, TextWriter output, TextWriter error) => CommandLine.Run(Verbs, arguments, output, error);

    static RootCommand Verbs() => new("Transforms ONNX models: ONNX in, ONNX out.")
    {
        new CompileCommand(),
        new PassesCommand(),
        new ExplainCommand(),
        new InspectCommand(),
        new DiffCommand(),
        new TextCommand(),
        new RunCommand(),
        new CompareCommand(),
        new BenchCommand(),
        new CalibrateCommand(),
        new FaultsCommand(),
        new AnalyzeCommand(),
        new CompletionCommand(),
    };
}
