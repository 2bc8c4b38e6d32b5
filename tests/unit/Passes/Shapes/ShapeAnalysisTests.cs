using CsCheck;
using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Shapes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Shapes;

/// <summary>Random programs over extents, run in ONNX Runtime as they are and as the passes leave them.</summary>
public sealed class ShapeAnalysisTests
{
    const string Passes = "repeat{max=4}(fold-shape-arithmetic, simplify-reshapes, eliminate-dead-code)";

    static readonly string[] Binary = ["Add", "Sub", "Mul", "Min", "Max", "Div", "Mod"];

    // Vectors of length 2 over the extents of x; Div and Mod by a value that is not 0 for any extent.
    static string Program(int seed)
    {
        var random = new Random(seed);
        var lines = new List<string> { "a = Relu (x)", "v0 = Shape (a)", "t = Transpose <perm = [1,0]> (a)", "v1 = Shape (t)" };
        var vectors = new List<string> { "v0", "v1", "c23", "c05" };
        for (var i = 2; i < 12; i++)
        {
            var (p, q) = (vectors[random.Next(vectors.Count)], vectors[random.Next(vectors.Count)]);
            var op = Binary[random.Next(Binary.Length)];
            lines.Add(random.Next(6) switch
            {
                0 => $"g{i} = Gather <axis = 0> ({p}, one)  h{i} = Gather <axis = 0> ({q}, zero)  j{i} = Unsqueeze (g{i}, axis)  k{i} = Unsqueeze (h{i}, axis)  v{i} = Concat <axis = 0> (j{i}, k{i})",
                1 => $"s{i} = Slice ({p}, axis, axis1)  v{i} = Concat <axis = 0> (s{i}, s{i})",
                2 => $"e{i} = Equal ({p}, {q})  v{i} = Where (e{i}, {p}, c23)",
                3 => $"r{i} = ReduceProd <keepdims = 0> ({p})  v{i} = Add (r{i}, {q})",
                4 => $"b{i} = Cast <to = 6> ({p})  d{i} = Cast <to = 7> (b{i})  v{i} = Abs (d{i})",
                _ => op is "Div" or "Mod" ? $"v{i} = {op} ({p}, c23)" : $"v{i} = {op} ({p}, {q})",
            });
            vectors.Add($"v{i}");
        }
        lines.Add("w = Reshape (a, v1)  w1 = Shape (w)  w2 = Reshape (w, v0)  y = Neg (w2)  z = Concat <axis = 0> (" + string.Join(", ", vectors) + ", w1)");
        return "<ir_version: 10, opset_import: [\"\": 21]> g (float[n,k] x) => (float[p,q] y, int64[r] z) <int64 zero = {0}, int64 one = {1}, " +
            "int64[1] axis = {0}, int64[1] axis1 = {1}, int64[2] c23 = {2, 3}, int64[2] c05 = {0, 5}> {" + string.Join("\n", lines) + "}";
    }

    [Fact]
    public void Programs_over_extents_compute_the_same_for_every_shape() => Gen.Int.Sample(
        seed =>
        {
            var text = Program(seed);
            var before = ModelWriter.ToBytes(OnnxParser.Parse(text, "p").OrThrow());
            var model = Optimized(text);
            using var original = OrtModel.Load(before, SessionSettings.Unoptimized).OrThrow();
            using var rewritten = OrtModel.Load(ModelWriter.ToBytes(model), SessionSettings.Unoptimized).OrThrow();
            foreach (var (n, k) in new[] { (1L, 1L), (2L, 3L), (5L, 1L), (4L, 4L), (0L, 3L), (7L, 0L) })
            {
                var x = TensorData.Floats([.. Enumerable.Range(0, (int)(n * k)).Select(i => (float)i)], n, k);
                var inputs = new Dictionary<string, RuntimeValue> { ["x"] = new TensorValue(x) };
                var expected = original.Run(inputs);
                // What the original refuses is nobody's business.
                if (!expected.IsOk) continue;
                var actual = rewritten.Run(inputs).OrThrow();
                foreach (var (name, value) in expected.Value) Assert.True(value.ContentEquals(actual[name]), $"{name} for {n} x {k}:\n{text}");
            }
        }, iter: 60, threads: 1);

    [Fact]
    public void A_chain_of_shapes_and_reshapes_goes_in_linear_time()
    {
        // The first run compiles the code; the factor leaves room for a busy machine, and is far below that of quadratic time.
        Milliseconds(400);
        var (small, large) = (Milliseconds(1000), Milliseconds(20_000));
        Assert.True(large < 100 * Math.Max(small, 10), $"{small} ms, {large} ms");
    }

    // Without a runtime: what is measured is the analysis and the rewriting.
    static double Milliseconds(int length)
    {
        var model = PassTest.NewModel();
        var x = model.Main.Op("Relu", "x0", [model.Main.AddInput("x", new TensorType(ElementType.Float, new Shape([Dim.Named("n"), Dim.Named("k")])))]);
        for (var i = 0; i < length; i++)
            x = model.Main.Op("Relu", $"x{i + 1}", [model.Main.Op("Reshape", $"r{i}", [x, model.Main.Op("Shape", $"s{i}", [x])])]);
        model.Main.AddOutput(x);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        foreach (Pass pass in new Pass[] { new FoldShapeArithmetic(), new SimplifyReshapes(), new Onnxc.Passes.Cleanup.EliminateDeadCode() })
            pass.Run(model, new PassContext("test", null, new StepGate(), null, null));
        Assert.Equal(length + 1, model.Main.Nodes.Count);
        return watch.Elapsed.TotalMilliseconds;
    }

    [Theory]
    [InlineData("s = Shape (x)  y = Reshape (x, s)  z = Neg (y)", 1)]
    [InlineData("s = Shape (w)  y = Reshape (x, s)  z = Neg (y)", 3)]
    public void Only_extents_of_the_same_input_are_equal(string body, int nodes)
    {
        var model = Optimized("<ir_version: 10, opset_import: [\"\": 21]> g (float[n,k] x, float[n,k] w) => (float[n,k] z) {" + body + "}");
        Assert.Equal(nodes, model.Main.Nodes.Count);
    }

    static Model Optimized(string text)
    {
        var model = OnnxParser.Parse(text, "p").OrThrow();
        var pipeline = PipelineBinder.Bind(Passes, StandardCatalog.Instance).OrThrow();
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }).Run(pipeline, model);
        Assert.Empty(run.Diagnostics);
        return model;
    }
}
