using Onnxc.Compilation;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>Nodes and bytes of a folder of models: as they are, after <c>@default</c>, after <c>@aggressive</c>, and after ONNX Runtime's own offline optimizer (basic).</summary>
static class NodeCounts
{
    static readonly string[] Pipelines = ["@default", "@aggressive"];

    public static void Run(string folder)
    {
        var home = Directory.CreateTempSubdirectory("onnxc-nodes-");
        Console.WriteLine("| model | nodes | `@default` | `@aggressive` | ORT basic | bytes | `@default` | `@aggressive` | ORT basic |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var path in Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var (ours, theirs) = (Path.Combine(home.FullName, "ours.onnx"), Path.Combine(home.FullName, "theirs.onnx"));
            var results = Pipelines.Select(p => Compiler.Compile(new CompileOptions { Input = path, Output = ours, Pipeline = p })).ToList();
            if (results.Find(r => !r.Succeeded || r.Check!.Outcome == CheckOutcome.Failed) is { } failed) throw new InvalidOperationException($"{path}: {failed.Check?.Reason}");
            var (nodes, bytes) = Optimized(path, theirs);
            var (exact, rounding) = (results[0].After!, results[1].After!);
            Tool.Print($"| {Path.GetRelativePath(folder, path)} | {results[0].Before!.Nodes} | {exact.Nodes} | {rounding.Nodes} | {nodes} | {results[0].Before!.FileBytes} | {exact.FileBytes} | {rounding.FileBytes} | {bytes} |");
        }
        home.Delete(recursive: true);
    }

    static (string Nodes, string Bytes) Optimized(string path, string target)
    {
        if (!RuntimeOptimizer.TryOptimize(path, target)) return ("refused", "");
        var model = ModelReader.Read(target).OrThrow();
        var summary = ModelSummary.Of(model, ModelSummary.BytesOf(model));
        return (FormattableString.Invariant($"{summary.Nodes}"), FormattableString.Invariant($"{summary.FileBytes}"));
    }
}
