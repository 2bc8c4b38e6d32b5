using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Onnxc.Compilation;
using Onnxc.Runtime;

namespace Onnxc.Benchmarks;

/// <summary>
/// Layers of experts before and after <c>lower-experts</c>: exports of a trained text model, whole and by the operators of the layers in ONNX Runtime's
/// profile, and layers of the size of Mixtral's with random weights.
/// </summary>
static class ExpertSpeed
{
    static readonly string[] Forms = ["grouped", "dense", "moe"];
    static readonly string[] Exports = ["model.onnx", "model_dense.onnx"];
    static readonly int[] Batches = [1, 8, 64], Tokens = [1, 16, 256];

    public static void Run(string? folder, int runs, int threads)
    {
        if (folder is not null) Trained(folder, runs, threads);
        Layers(runs, threads);
    }

    static void Trained(string folder, int runs, int threads)
    {
        var home = Directory.CreateTempSubdirectory("onnxc-experts-");
        var exports = Exports.Select(n => Path.Combine(folder, n)).ToArray();
        Console.WriteLine("| batch | form | against unrolled | against dense-batched | layers, unrolled | layers |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var form in Forms)
        {
            var target = Path.Combine(home.FullName, $"{form}.onnx");
            Compile(exports[0], target, $"find-experts, lower-experts{{form={form}}}");
            foreach (var batch in Batches)
            {
                var shapes = ShapeOverrides.Parse([FormattableString.Invariant($"batch={batch}")]).OrThrow();
                var ratios = exports.Select(e => Time(e, target, shapes, runs, threads)).ToArray();
                Tool.Print($"| {batch} | {form} | {ratios[0]} | {ratios[1]} | {LayerMilliseconds(exports[0], batch, runs, threads, home.FullName):f3} ms | {LayerMilliseconds(target, batch, runs, threads, home.FullName):f3} ms |");
            }
        }
        home.Delete(recursive: true);
    }

    static void Layers(int runs, int threads)
    {
        const int Inputs = 1024, Width = 3584, Experts = 8, Selected = 2, Rank = 790;
        var home = Directory.CreateTempSubdirectory("onnxc-experts-");
        string In(string name) => Path.Combine(home.FullName, $"{name}.onnx");
        ExpertModels.Write(In("unrolled"), Inputs, Width, Experts, Selected, unrolled: true);
        ExpertModels.Write(In("batched"), Inputs, Width, Experts, Selected, unrolled: false);
        foreach (var form in Forms) Compile(In("unrolled"), In(form), $"find-experts, lower-experts{{form={form}}}");
        Compile(In("unrolled"), In("factored"), FormattableString.Invariant($"find-experts, factor-experts{{rank={Rank}, factor=[up, gate, down]}}, lower-experts"), print: true);
        Tool.Print($"{Experts} experts of {Inputs} x {Width}, {Selected} chosen");
        Console.WriteLine("| tokens | form | against unrolled | against dense-batched |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var tokens in Tokens)
        {
            var shapes = ShapeOverrides.Parse([FormattableString.Invariant($"t={tokens}")]).OrThrow();
            foreach (var form in Forms) Tool.Print($"| {tokens} | {form} | {Time(In("unrolled"), In(form), shapes, runs, threads)} | {Time(In("batched"), In(form), shapes, runs, threads)} |");
            Tool.Print($"{tokens} tokens, grouped with rank {Rank} against grouped: {Time(In("grouped"), In("factored"), shapes, runs, threads)}");
        }
        home.Delete(recursive: true);
    }

    static void Compile(string source, string target, string pipeline, bool print = false)
    {
        var result = Compiler.Compile(new CompileOptions { Input = source, Output = target, Pipeline = pipeline, Check = false });
        if (!result.Succeeded) throw new InvalidOperationException(string.Join('\n', result.Diagnostics));
        if (print) Console.WriteLine(string.Join('\n', result.Diagnostics.Select(d => d.Message)));
    }

    static string Time(string first, string second, ShapeOverrides shapes, int runs, int threads)
    {
        var options = new BenchmarkOptions { Runs = runs, Shapes = shapes, Settings = SessionSettings.Default with { Threads = threads } };
        var timed = new PairedBenchmark(options).Run(ModelSource.File(first), ModelSource.File(second)).OrThrow();
        return FormattableString.Invariant($"{timed.Ratio:f3} ({timed.RatioLow:f3} to {timed.RatioHigh:f3})");
    }

    // Median over runs of the time that the profile has for nodes of the layers of experts.
    static double LayerMilliseconds(string model, int batch, int runs, int threads, string home)
    {
        using var options = new SessionOptions { ProfileOutputPathPrefix = Path.Combine(home, "profile"), EnableProfiling = true, IntraOpNumThreads = threads };
        using var session = new InferenceSession(model, options);
        var random = new Random(1);
        var ids = Enumerable.Range(0, batch * 128).Select(_ => (long)random.Next(32, 127)).ToArray();
        using var input = OrtValue.CreateTensorValueFromMemory(ids, [batch, 128]);
        using var run = new RunOptions();
        for (var i = 0; i < runs; i++) session.Run(run, ["input_ids"], [input], ["logits"]).Dispose();
        using var profile = JsonDocument.Parse(File.ReadAllBytes(session.EndProfiling()));
        var perRun = new List<double>();
        var sum = 0.0;
        var byOperator = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var entry in profile.RootElement.EnumerateArray())
        {
            var name = entry.GetProperty("name").GetString()!;
            if (name == "model_run") (perRun, sum) = ([.. perRun, sum], 0);
            if (entry.GetProperty("cat").GetString() != "Node" || !name.EndsWith("_kernel_time", StringComparison.Ordinal)) continue;
            if (!name.Contains("block_sparse_moe", StringComparison.Ordinal) && !name.Contains("experts", StringComparison.Ordinal)) continue;
            var milliseconds = entry.GetProperty("dur").GetDouble() / 1000;
            sum += milliseconds;
            var op = entry.GetProperty("args").GetProperty("op_name").GetString()!;
            byOperator[op] = byOperator.GetValueOrDefault(op) + milliseconds / runs;
        }
        if (Environment.GetEnvironmentVariable("ONNXC_OPERATORS") == "1")
            foreach (var (op, milliseconds) in byOperator.OrderByDescending(o => o.Value)) Tool.Print($"    {op} {milliseconds:f3} ms");
        return Measurement.Median(perRun);
    }
}
