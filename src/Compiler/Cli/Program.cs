using System.CommandLine;
using Onnxc.Cli;
using Onnxc.Cli.Commands;

return CommandLine.Run(
    () => new RootCommand("Transforms ONNX models: ONNX in, ONNX out.")
    {
        new PassesCommand(),
        new ExplainCommand(),
        new InspectCommand(),
        new DiffCommand(),
        new TextCommand(),
        new RunCommand(),
        new CompareCommand(),
        new BenchCommand(),
        new CompletionCommand(),
    },
    args, Console.Out, Console.Error);
