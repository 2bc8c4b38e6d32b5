using System.Globalization;
using Onnxc.Compilation;
using Onnxc.Passes.Shapes;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>
/// Vision transformers with random weights before and after `merge-tokens`, in turns: throughput for one image and for eight, with the kernel and
/// with the function that it replaces; the multiplications of the blocks, as counted by hand and as the graph has them; and the share of a run that
/// finding and merging pairs takes.
/// </summary>
static class TokenSpeed
{
    static readonly (string Options, long[] Pairs)[] Bases =
    [
        ("r=13", [.. Enumerable.Repeat(13L, 12)]),
        ("compression=low", [.. Enumerable.Repeat(16L, 11), 10]),
        ("compression=high", [40, 34, 30, 24, 18, 14, 10, 8, 4, 4, 3, 3]),
    ];

    public static void Run(string folder, int runs, int threads)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, "onnxc-tokens")).FullName;
        try
        {
            var source = Path.Combine(home, "vit-b.onnx");
            if (ModelWriter.Write(VisionTransformer.Base.Make(), source) is { } failure) throw new InvalidOperationException(failure.ToString());
            Tool.Print($"ViT-B/16, {threads} threads; products of the blocks {VisionTransformer.Base.Products(new long[12]) / 1e9:f2} G");
            Tool.Print($"| schedule | products | in the graph | batch | original | kernel | function | merging |");
            Tool.Print($"|---|---|---|---|---|---|---|---|");
            foreach (var (options, pairs) in Bases)
            {
                var target = Path.Combine(home, "merged.onnx");
                var result = Compiler.Compile(new CompileOptions { Input = source, Output = target, Pipeline = $"merge-tokens{{{options}}}", Gates = null, Check = false });
                if (!result.Succeeded) throw new InvalidOperationException(string.Join('\n', result.Diagnostics));
                foreach (var batch in new[] { 1, 8 }) Report(options, pairs, source, target, batch, runs, threads);
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    static void Report(string options, long[] pairs, string source, string target, int batch, int runs, int threads)
    {
        var plain = SessionSettings.Default with { Threads = threads };
        var shapes = ShapeOverrides.Parse([FormattableString.Invariant($"batch={batch}")]).OrThrow();
        var timed = new BenchmarkOptions { Runs = runs, Warmup = 1, Settings = plain, Shapes = shapes };
        var kernel = new PairedBenchmark(timed with { OtherSettings = plain.WithKernels() }).Run(ModelSource.File(source), ModelSource.File(target)).OrThrow();
        var function = new PairedBenchmark(timed).Run(ModelSource.File(source), ModelSource.File(target)).OrThrow();
        var nodes = new NodeProfile(timed with { Settings = plain.WithKernels() }).Run(ModelSource.File(target)).OrThrow();
        Tool.Print($"| {options} | {VisionTransformer.Base.Products(pairs) / 1e9:f2} G | {Counted(target)} | {batch} | {kernel.First.Median:f0} ms | {kernel.Other!.Median:f0} ms, {1 / kernel.Ratio:f2} times | {function.Other!.Median:f0} ms, {1 / function.Ratio:f2} times | {Merging(nodes)} |");
    }

    // Those of the blocks: patches are a convolution, and the scores are for one row.
    static string Counted(string path) =>
        ProductCount.Of(ModelReader.Read(path).OrThrow(), new TypeInference(), n => n.Op.Is("MatMul") && n.Output.Shape is { Rank: > 2 }) is { } count
            ? string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:f2} G") : "not known";

    // The operator itself, and with the sums of keys, logarithms of sizes and what adds them.
    static string Merging(IReadOnlyList<NodeTime> nodes)
    {
        var all = nodes.Sum(n => n.Milliseconds);
        var merges = nodes.Where(n => n.Op == "BipartiteMerge").Sum(n => n.Milliseconds);
        var added = nodes.Where(n => n.Name.StartsWith("merged_", StringComparison.Ordinal)).Sum(n => n.Milliseconds);
        return string.Create(CultureInfo.InvariantCulture, $"{merges / all:p2}, with all that is added {added / all:p2}");
    }
}
