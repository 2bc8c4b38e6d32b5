using CsCheck;
using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes;

/// <summary>Random graphs through random pipelines of exact passes: every output keeps its bits, with ONNX Runtime's own optimisations off.</summary>
public sealed class ExactPassesTests(ITestOutputHelper output)
{
    // Packed constant weights take other kernels than the same weights computed at run time, which round differently.
    static readonly SessionSettings Plain = SessionSettings.Unoptimized.With("session.disable_prepacking", "1");

    // Every exact pass of the catalogue; small blocks, because the graphs are small.
    static readonly string[] Passes =
    [
        .. StandardCatalog.Instance.Passes.Where(p => p.Numerics == Numerics.Exact && p.Name != "keep-outputs").Select(p => p.Name),
        "extract-functions{min-nodes=2}", "extract-functions{min-nodes=3}", "repeat{max=2}(@simplify, eliminate-dead-code)",
        "extract-functions{min-nodes=2}, inline-functions, prune-functions",
    ];

    /// <summary>Passes that these graphs have nothing for.</summary>
    static readonly string[] Idle = ["merge-pads"];

    [Fact]
    public void Keep_every_bit_of_random_graphs()
    {
        var (ran, lost, changes) = (0, 0, 0L);
        var fired = new HashSet<string>(StringComparer.Ordinal);
        // The same graphs in every run, so that a fault of ONNX Runtime's memory planner does not turn up in somebody else's change;
        // ONNXC_FUZZ_SECONDS hunts with new ones.
        if (int.TryParse(Environment.GetEnvironmentVariable("ONNXC_FUZZ_SECONDS"), out var seconds)) Gen.Int.Sample(Try, time: seconds, threads: 1);
        else foreach (var seed in Enumerable.Range(1, 600)) Try(seed);
        output.WriteLine($"{ran} graphs compared, {lost} lost a captured value in ONNX Runtime, {changes} changes");
        Assert.True(lost <= 12, $"{lost} lost a captured value in ONNX Runtime");
        Assert.Empty(StandardCatalog.Instance.Passes.Where(p => Passes.Contains(p.Name)).Select(p => p.Name).Except(fired).Except(Idle));
        Assert.True(ran > 450 && changes > 300, $"{ran} graphs compared, {changes} changes");

        void Try(int seed)
        {
            var model = new RandomGraph(seed).Make();
            var text = OnnxPrinter.Print(model);
            var before = ModelWriter.ToBytes(model);
            using var original = OrtModel.Load(before, Plain).OrThrow();
            var inputs = Inputs(seed);
            // Not the graph's own numbers, with which these would go hand in hand.
            var random = new Random(~seed);
            var pipeline = random.Next(3) == 0 ? "@default" : string.Join(", ", Enumerable.Range(0, random.Next(1, 8)).Select(_ => Passes[random.Next(Passes.Length)]));
            var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }, new OrtOptimizer())
                .Run(PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow(), model);
            Assert.True(run.Succeeded, $"{pipeline}\n{text}\n{string.Join('\n', run.Diagnostics)}");
            changes += run.Changes;
            fired.UnionWith(run.Reports.Where(r => r.ModelChanged).Select(r => r.Pass));

            using var rewritten = OrtModel.Load(ModelWriter.ToBytes(model), Plain).OrThrow();
            var expected = original.Run(inputs);
            if (!expected.IsOk) return;
            var again = rewritten.Run(inputs.Where(i => model.Main.Inputs.Any(p => p.Name == i.Key)).ToDictionary());
            // ONNX Runtime frees a value early when only a branch within a branch captures it; the model is right, and loads.
            if (again.Diagnostics.Any(d => d.Message.Contains("Missing Input", StringComparison.Ordinal)))
            {
                lost++;
                return;
            }
            var actual = again.Value
                ?? throw new InvalidOperationException($"seed {seed}: {again.Diagnostics[0].Message} after {pipeline}\n{text}\nbecame\n{OnnxPrinter.Print(model)}");
            foreach (var (name, value) in expected.Value)
                Assert.True(IsSame(value, actual[name]), $"seed {seed}: `{name}` differs after {pipeline}\n{text}\nbecame\n{OnnxPrinter.Print(model)}");
            ran++;
        }
    }

    // Payloads of NaN depend on the order of operands in the instructions that a kernel happens to use.
    static bool IsSame(RuntimeValue a, RuntimeValue b) => a.ContentEquals(b)
        || (a is TensorValue { Data: { Element: ElementType.Float } x } && b is TensorValue { Data: { Element: ElementType.Float } y }
            && x.Dims.AsSpan().SequenceEqual(y.Dims.AsSpan())
            && x.ToArray<float>().Zip(y.ToArray<float>()).All(p => BitConverter.SingleToInt32Bits(p.First) == BitConverter.SingleToInt32Bits(p.Second) || (float.IsNaN(p.First) && float.IsNaN(p.Second))));

    static Dictionary<string, RuntimeValue> Inputs(int seed)
    {
        var random = new Random(seed);
        float[] special = [0f, -0f, float.NaN, float.NegativeInfinity, 1e-40f, float.MaxValue, 2.5f, -1.5f, 0.49999997f];
        TensorValue Tensor() => new(TensorData.Floats([.. Enumerable.Range(0, 8).Select(_ => random.Next(2) == 0 ? special[random.Next(special.Length)] : random.NextSingle() * 8 - 4)], 2, 4));
        return new() { ["x"] = Tensor(), ["z"] = Tensor(), ["c"] = new TensorValue(TensorData.Of<byte>(ElementType.Bool, [], [(byte)random.Next(2)])) };
    }
}
