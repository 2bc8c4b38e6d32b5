using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;

namespace Onnxc.Benchmarks;

/// <summary>
/// Activations and layers of Kolmogorov-Arnold networks as exported and as compiled, in turns in one process, one thread: medians. The kernels are registered for both,
/// and ONNX Runtime fuses in both what it can.
/// </summary>
static class ActivationSpeed
{
    const int Rows = 1024, Columns = 1024, KanBatch = 256, KanSide = 64;

    static readonly (string Name, string Body)[] Activations =
    [
        ("GELU with Erf", "d = Div (x, r)  e = Erf (d)  s = Add (e, one)  p = Mul (x, s)  y = Mul (p, half)"),
        ("GELU with Tanh", "y = Gelu <approximate = \"tanh\"> (x)"),
        ("SiLU", "s = Sigmoid (x)  y = Mul (x, s)"),
        ("Mish", "y = Mish (x)"),
        ("Softplus", "y = Softplus (x)"),
        ("HardSwish", "y = HardSwish (x)"),
        ("Tanh", "y = Tanh (x)"),
        ("Sigmoid", "y = Sigmoid (x)"),
    ];

    public static void Run(int runs)
    {
        foreach (var (name, body) in Activations)
            Report(name, Parse($"g (float[{Rows},{Columns}] x) => (float[{Rows},{Columns}] y) <float r = {{1.41421354}}, float one = {{1}}, float half = {{0.5}}> {{ {body} }}"), "substitute-activation", runs);
        foreach (var type in new[] { "float", "float16" }) Report($"PolyNorm, {type}", PolyNorm(type), "fuse-poly-norm", runs);
        foreach (var type in new[] { "float", "float16" }) Report($"PolyReLU, {type}", PolyReLU(type), "fuse-poly-relu", runs);
        foreach (var form in KanForms.Names)
        {
            var model = KanForms.Of(form, KanSide, KanSide);
            Report($"{form}, {KanSide} to {KanSide}, batch {KanBatch}", model, "fuse-kan-linear, fuse-af-kan-linear, fuse-daruan-linear", 4 * runs, new("N", KanBatch));
        }
    }

    static Model Parse(string graph) => OnnxParser.Parse($"<ir_version: 10, opset_import: [\"\": 20]>\n{graph}", "activation").OrThrow();

    static string One(string type, string name, float value) =>
        $"{type} {name} = {{{(type == "float" ? value.ToString(System.Globalization.CultureInfo.InvariantCulture) : BitConverter.HalfToUInt16Bits((Half)value))}}}";

    static Model PolyNorm(string type)
    {
        var branches = string.Join("\n", new[] { ("c", 3), ("s", 2), ("x", 1) }.Select(b =>
            $"q{b.Item2} = Pow ({b.Item1}, two)  m{b.Item2} = ReduceMean <keepdims = 1> (q{b.Item2}, last)  a{b.Item2} = Add (m{b.Item2}, eps)  r{b.Item2} = Sqrt (a{b.Item2})  n{b.Item2} = Div ({b.Item1}, r{b.Item2})  t{b.Item2} = Mul (n{b.Item2}, w)"));
        return Parse($"g ({type}[{Rows},{Columns}] x) => ({type}[{Rows},{Columns}] y) <int64[1] last = {{-1}}, {One(type, "two", 2)}, {One(type, "three", 3)}, {One(type, "eps", 1e-4f)}, {One(type, "w", 0.25f)}, {One(type, "b", 0.125f)}> {{ c = Pow (x, three)  s = Pow (x, two)\n{branches}\nu = Add (t3, t2)  v = Add (u, t1)  y = Add (v, b) }}");
    }

    static Model PolyReLU(string type) => Parse($"g ({type}[{Rows},{Columns}] x) => ({type}[{Rows},{Columns}] y) <{One(type, "two", 2)}, {One(type, "three", 3)}, {One(type, "w", 0.25f)}, {One(type, "b", 0.125f)}> {{ r = Relu (x)  c = Pow (r, three)  s = Pow (r, two)  t3 = Mul (c, w)  t2 = Mul (s, w)  t1 = Mul (r, w)  u = Add (t3, t2)  v = Add (u, t1)  y = Add (v, b) }}");

    static void Report(string name, Model model, string pipeline, int runs, KeyValuePair<string, long>? extent = null)
    {
        var original = ModelWriter.ToBytes(model);
        var bound = PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow();
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions()).Run(bound, model);
        if (run.Reports.All(r => r.Changed == 0)) throw new InvalidOperationException($"{pipeline} left {name} as it is");
        var settings = SessionSettings.Default.WithKernels();
        var options = new BenchmarkOptions { Runs = runs, Warmup = 20, Settings = settings };
        if (extent is { } given) options = options with { Shapes = ShapeOverrides.Parse([$"{given.Key}={given.Value}"]).OrThrow() };
        var timed = new PairedBenchmark(options).Run(ModelSource.Bytes(original), ModelSource.Bytes(ModelWriter.ToBytes(model))).OrThrow();
        Tool.Print($"{name}: exported {timed.First.Median:f3} ms, compiled {timed.Other!.Median:f3} ms, {timed.First.Median / timed.Other.Median:f2} times as fast");
    }
}
