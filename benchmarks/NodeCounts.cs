using Microsoft.ML.OnnxRuntime;
using Onnxc.Compilation;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>Nodes and bytes of a folder of models: as they are, after <c>@default</c>, and after ONNX Runtime's own offline optimizer (basic).</summary>
static class NodeCounts
{
    public static void Run(string folder)
    {
        var home = Directory.CreateTempSubdirectory("onnxc-nodes-");
        Console.WriteLine("| model | nodes | onnxc | ORT basic | bytes | onnxc | ORT basic |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var path in Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var (ours, theirs) = (Path.Combine(home.FullName, "ours.onnx"), Path.Combine(home.FullName, "theirs.onnx"));
            var result = Compiler.Compile(new CompileOptions { Input = path, Output = ours });
            if (!result.Succeeded || result.Check!.Outcome is CheckOutcome.Failed or CheckOutcome.Repaired) throw new InvalidOperationException($"{path}: {result.Check?.Reason}");
            var (nodes, bytes) = Optimized(path, theirs);
            Tool.Print($"| {Path.GetRelativePath(folder, path)} | {result.Before!.Nodes} | {result.After!.Nodes} | {nodes} | {result.Before.FileBytes} | {result.After.FileBytes} | {bytes} |");
        }
        home.Delete(recursive: true);
    }

    static (string Nodes, string Bytes) Optimized(string path, string target)
    {
        try
        {
            using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_BASIC, OptimizedModelFilePath = target, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            using var session = new InferenceSession(path, options);
            var model = ModelReader.Read(target).OrThrow();
            var summary = ModelSummary.Of(model, ModelSummary.BytesOf(model));
            return (FormattableString.Invariant($"{summary.Nodes}"), FormattableString.Invariant($"{summary.FileBytes}"));
        }
        catch (OnnxRuntimeException)
        {
            return ("refused", "");
        }
    }
}
