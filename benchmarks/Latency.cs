using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.Runtime;

namespace Onnxc.Benchmarks;

/// <summary>
/// Time of one run after <c>@default</c>, after <c>@aggressive</c> and after ONNX Runtime's own offline optimizer (basic), each paired with the model
/// as it is, at ONNX Runtime's highest level.
/// </summary>
static class Latency
{
    public static void Run(string folder, int runs, int threads)
    {
        var home = Directory.CreateTempSubdirectory("onnxc-latency-");
        Console.WriteLine("| model | original | @default | @aggressive | ORT basic |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var path in Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var cells = new List<string>();
            double? original = null;
            foreach (var pipeline in new[] { "@default", "@aggressive", null })
            {
                var target = Path.Combine(home.FullName, "model.onnx");
                if (pipeline is null ? !RuntimeOptimizer.TryOptimize(path, target) : !Compiler.Compile(new CompileOptions { Input = path, Output = target, Pipeline = pipeline }).Succeeded)
                {
                    cells.Add("refused");
                    continue;
                }
                var timed = Compare(path, target, runs, threads);
                original ??= timed.Value?.First.Median;
                cells.Add(timed.Value is { } t ? FormattableString.Invariant($"{t.Ratio:f3} ({t.RatioLow:f3} to {t.RatioHigh:f3})") : "does not run");
            }
            Tool.Print($"| {Path.GetRelativePath(folder, path)} | {original:f3} ms | {string.Join(" | ", cells)} |");
        }
        home.Delete(recursive: true);
    }

    /// <summary>Two files in turns.</summary>
    public static Result<BenchmarkReport> Compare(string first, string second, int runs, int threads) =>
        new PairedBenchmark(new BenchmarkOptions { Runs = runs, Settings = SessionSettings.Default with { Threads = threads } }).Run(ModelSource.File(first), ModelSource.File(second));
}
