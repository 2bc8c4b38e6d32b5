using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes;

/// <summary>Built-in pipelines on real models, executed before and after with ONNX Runtime's own optimisations off.</summary>
public sealed class DefaultPipelineTests(ITestOutputHelper output)
{
    static readonly PassCatalog Passes = new(Catalog.Passes, Onnxc.Passes.Pipelines.BuiltIn);

    // Packed constant weights take other kernels than the same weights computed at run time, which round differently.
    static readonly SessionSettings Plain = SessionSettings.Unoptimized.With("session.disable_prepacking", "1");

    static readonly string[] Vision = ["super-resolution", "ppocr", "mlsd", "ultraface"];

    [Fact]
    public void The_default_pipeline_keeps_every_bit_of_the_shared_models() => Check("@default", SharedData.AllModels(), IsSame);

    [Fact]
    public void Fusing_normalizations_stays_within_rounding() => Check(
        "@default, fuse-conv-batch-norm, eliminate-dead-code",
        [.. SharedData.AllModels().Where(p => Vision.Any(m => p.Contains($"/{m}/", StringComparison.Ordinal)))],
        IsClose);

    // On CPU ONNX Runtime computes float16 in float and leaves out casts in between, so that a folded constant is rounded once more.
    static bool IsSame(RuntimeValue a, RuntimeValue b) => a.ContentEquals(b)
        || (a is TensorValue { Data: { Element: ElementType.Float16 } x } && b is TensorValue { Data: { Element: ElementType.Float16 } y }
            && x.ToArray<Half>().Zip(y.ToArray<Half>()).All(v => Math.Abs((float)v.First - (float)v.Second) <= 2e-3f * Math.Max(1, Math.Abs((float)v.First))));

    static bool IsClose(RuntimeValue a, RuntimeValue b)
    {
        if (a is not TensorValue { Data: { Element: ElementType.Float } x } || b is not TensorValue { Data: var y }) return a.ContentEquals(b);
        var (p, q) = (x.ToArray<float>(), y.ToArray<float>());
        var scale = p.Select(Math.Abs).DefaultIfEmpty().Max();
        return p.Zip(q).All(v => Math.Abs(v.First - v.Second) <= 1e-4 * scale + 1e-6);
    }

    void Check(string pipeline, IReadOnlyList<string> paths, Func<RuntimeValue, RuntimeValue, bool> agrees)
    {
        var failures = new List<string>();
        var (ran, changed) = (0, 0L);
        foreach (var path in paths)
        {
            var model = ModelReader.Read(path).OrThrow();
            var before = ModelWriter.ToBytes(model);
            using var original = OrtModel.Load(before, Plain).Value;
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }, new OrtOptimizer())
                .Run(PipelineBinder.Bind(pipeline, Passes).OrThrow(), model);
            output.WriteLine($"{Path.GetRelativePath(SharedData.Root, path)}: {watch.ElapsedMilliseconds} ms");
            foreach (var report in run.Reports) output.WriteLine($"  {report.Pass}: {report.NodesBefore} -> {report.NodesAfter}, {report.Coverage}, {report.Milliseconds:F0} ms");
            foreach (var diagnostic in run.Diagnostics) output.WriteLine($"  {diagnostic}");
            changed += run.Changes;
            if (!run.Succeeded) failures.Add($"{path}: {run.Diagnostics.First(d => d.IsError)}");
            if (original is null) continue;

            var after = OrtModel.Load(ModelWriter.ToBytes(model), Plain);
            using var rewritten = after.Value;
            if (rewritten is null) failures.Add($"{path}: {after.Diagnostics[0]}");
            if (rewritten is null || RandomOps.FindUnseeded(model) is not null || new InputGenerator(7).ForModel(original).Value is not { } inputs) continue;
            var (expected, actual) = (original.Run(inputs).OrThrow(), rewritten.Run(inputs));
            ran++;
            if (!actual.IsOk) failures.Add($"{path}: {actual.Diagnostics[0]}");
            else failures.AddRange(expected.Where(e => !agrees(e.Value, actual.Value[e.Key])).Select(e => $"{path}: `{e.Key}` differs"));
        }
        output.WriteLine($"{ran} of {paths.Count} models compared, {changed} changes");
        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(40)) + $"\n{failures.Count} failures");
        Assert.True(ran > paths.Count / 2, $"only {ran} of {paths.Count} models could be compared");
    }
}
