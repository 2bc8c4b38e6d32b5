using Onnxc.Compilation;

namespace Onnxc.Benchmarks;

/// <summary>
/// Time of one run after quantization under the default gates, paired with the model as it is, at ONNX Runtime's highest level. Ranges come from the
/// <c>calib.npz</c> or <c>eval.npz</c> beside a model; without one it is not quantized statically.
/// </summary>
static class QuantizedLatency
{
    static readonly (string Name, string Pipeline, bool NeedsData)[] Ways =
    [
        ("int8", "@int8", true),
        ("dynamic int8", "@default, quantize{activations=dynamic}", false),
        ("int4", "@int4", false),
    ];

    static readonly string[] Samples = ["calib.npz", "eval.npz"];

    public static void Run(string folder, int runs, int threads)
    {
        var home = Directory.CreateTempSubdirectory("onnxc-quantized-");
        Console.WriteLine($"| model | float | {string.Join(" | ", Ways.Select(w => w.Name))} |");
        Console.WriteLine($"|---|---|{string.Concat(Ways.Select(_ => "---|"))}");
        foreach (var path in Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var data = Samples.Select(f => Path.Combine(Path.GetDirectoryName(path)!, f)).FirstOrDefault(File.Exists);
            var (cells, original) = (new List<string>(), "");
            foreach (var (_, pipeline, needsData) in Ways)
            {
                if (needsData && data is null)
                {
                    cells.Add("no data");
                    continue;
                }
                var target = Path.Combine(home.FullName, "model.onnx");
                var compiled = Compiler.Compile(new CompileOptions { Input = path, Output = target, Pipeline = pipeline, Data = data });
                if (!compiled.Succeeded)
                {
                    cells.Add(compiled.Diagnostics.First(d => d.IsError).Id);
                    continue;
                }
                if (Latency.Compare(path, target, runs, threads).Value is not { } t)
                {
                    cells.Add("does not run");
                    continue;
                }
                original = FormattableString.Invariant($"{t.First.Median:f3} ms");
                var changed = compiled.Passes.Any(p => p.Pass == "quantize" && p.ModelChanged);
                cells.Add(FormattableString.Invariant($"{(changed ? "" : "float: ")}{t.Ratio:f2} ({t.RatioLow:f2} to {t.RatioHigh:f2})"));
            }
            Tool.Print($"| {Path.GetRelativePath(folder, path)} | {original} | {string.Join(" | ", cells)} |");
        }
        home.Delete(recursive: true);
    }
}
