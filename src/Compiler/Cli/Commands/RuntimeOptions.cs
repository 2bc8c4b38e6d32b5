using System.CommandLine;
using Onnxc.Diagnostics;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>Options of the commands that run models: where, with what inputs, and with which kernels.</summary>
sealed class RuntimeOptions
{
    readonly Option<string?> data = DataOption();

    readonly Option<string[]> shapes = new("--shape")
    {
        HelpName = "NAME:D,D|SYMBOL=D",
        Description = "Shape of an input, or extent of a symbol, for generated inputs. May be repeated.",
        DefaultValueFactory = _ => [],
    };

    readonly Option<ulong> seed = new("--seed") { HelpName = "S", Description = "Seed of generated inputs." };

    readonly Option<int> threads = new("--threads")
    {
        HelpName = "N",
        Description = "Threads of one operator, 0 for all cores.",
        DefaultValueFactory = _ => 1,
    };

    readonly Option<string> provider = new("--ep") { Description = "Execution provider: cpu or cuda.", DefaultValueFactory = _ => "cpu" };

    readonly Option<bool> kernels = new("--kernels")
    {
        Description = "Run operators of ai.onnxc by kernels instead of their functions; of two models the second one's.",
    };

    readonly Option<string[]> libraries = new("--custom-ops")
    {
        HelpName = "LIBRARY",
        Description = "Library that registers custom operators. May be repeated.",
        DefaultValueFactory = _ => [],
    };

    public RuntimeOptions(Command command, bool withData = true)
    {
        provider.AcceptOnlyFromAmong("cpu", "cuda");
        if (withData) command.Add(data);
        foreach (var option in new Option[] { shapes, seed, threads, provider, kernels, libraries }) command.Add(option);
    }

    /// <summary>The samples of a model, as every command takes them.</summary>
    public static Option<string?> DataOption(string what = "An .npz keyed by input name, samples along the first axis; or a folder of ONNX test_data_set_*.") =>
        new("--data") { HelpName = "DATA", Description = what };

    public ulong Seed(ParseResult arguments) => arguments.GetValue(seed);

    public string? Data(ParseResult arguments) => arguments.GetValue(data);

    public Result<ShapeOverrides> Shapes(ParseResult arguments) => ShapeOverrides.Parse(arguments.GetValue(shapes)!);

    /// <summary>Settings of a model that another one is compared with.</summary>
    public SessionSettings Settings(ParseResult arguments) => SessionSettings.Default with
    {
        Threads = arguments.GetValue(threads),
        Provider = arguments.GetValue(provider) == "cuda" ? ExecutionProvider.Cuda : ExecutionProvider.Cpu,
        CustomOpLibraries = [.. arguments.GetValue(libraries)!],
    };

    /// <summary>Settings of the only model, or of the second one.</summary>
    public SessionSettings CandidateSettings(ParseResult arguments) =>
        arguments.GetValue(kernels) ? Settings(arguments).WithKernels() : Settings(arguments);

    /// <summary>The data given for <paramref name="model"/>.</summary>
    public static Result<DataSet> ReadData(string path, OrtModel model) => DataSet.Read(path, model.Inputs, model.Outputs);
}
