using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>
/// Kernels against the functions that they replace, and against a copy of the same tensors, in turns in one process: 4 M floats, one
/// thread, then two; the best run of each side, which others on the machine disturb least. With a library the kernels come from it, as Python and C++ hosts get them; without one they are registered in process.
/// </summary>
static class KernelSpeed
{
    const int Rows = 1024, Columns = 4096;

    static readonly FloatsAttribute Coefficients = new([.. Enumerable.Range(0, 64).Select(i => MathF.Sin(i))]);

    public static void Run(string? library, int runs)
    {
        var kernels = library is null ? SessionSettings.Default.WithKernels() : SessionSettings.Default with { CustomOpLibraries = [library] };
        Report("PolyReLU", ModelOf("PolyReLU"), kernels, runs);
        Report("SplineActivation", ModelOf("SplineActivation", ("coefficients", Coefficients)), kernels, runs);
        Report("PolyNorm", ModelOf("PolyNorm"), kernels, runs);
        Report("ClippedActivation", ModelOf("ClippedActivation"), kernels, runs);
        Report("StatisticalTopK", ModelOf("StatisticalTopK"), kernels, runs);
        foreach (var (bits, rows) in new[] { (4, 1), (4, 4), (4, 256), (8, 1), (8, 256) }) ReportProduct(bits, rows, kernels, runs / 5);
    }

    // Against the function, which ONNX Runtime folds to a product with float weights.
    static void ReportProduct(int bits, int rows, SessionSettings kernels, int runs)
    {
        const int Side = 4096, Block = 32;
        var codes = new byte[Side * Side * bits / 8];
        new Random(1).NextBytes(codes);
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        var builder = new GraphBuilder(model.Main);
        var x = model.Main.AddInput("x", new TensorType(ElementType.Float, new Shape([rows, Side])));
        var scales = TensorData.Floats([.. Enumerable.Repeat(0.01f, Side * Side / Block)], Side, Side / Block);
        var y = builder.Custom("LutMatMul",
            [x, builder.Constant(TensorData.Of<byte>(ElementType.UInt8, [Side, Side / Block, Block * bits / 8], codes)), builder.Constant(scales),
                builder.Constant(TensorData.Floats([.. Enumerable.Range(0, 1 << bits).Select(i => (float)i)], 1 << bits))],
            ("bits", (long)bits));
        y.SetType(x.Type);
        model.Main.AddOutput(y, "y");
        var source = ModelSource.Bytes(ModelWriter.ToBytes(model));
        foreach (var threads in new[] { 1, 2 })
        {
            var timed = Compare(source, kernels with { Threads = threads }, source, SessionSettings.Default with { Threads = threads }, runs);
            Tool.Print($"LutMatMul, {bits} bits, {rows} rows by {Side}x{Side}, {threads} threads: {timed.First.Minimum:f2} ms, float MatMul {timed.Other!.Minimum:f2} ms");
        }
    }

    static Model ModelOf(string op, params (string Name, AttributeValue Value)[] attributes)
    {
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        var type = new TensorType(ElementType.Float, new Shape([Rows, Columns]));
        var builder = new GraphBuilder(model.Main);
        var x = model.Main.AddInput("x", type);
        Value[] bounds = op == "ClippedActivation" ? [builder.Constant(TensorData.Scalar(0f)), builder.Constant(TensorData.Scalar(1f))] : [];
        var y = op == "Identity" ? builder.Op(op, [x]) : builder.Custom(op, [x, .. bounds], attributes);
        y.SetType(type);
        model.Main.AddOutput(y, "y");
        return model;
    }

    static void Report(string name, Model model, SessionSettings kernels, int runs)
    {
        var source = ModelSource.Bytes(ModelWriter.ToBytes(model));
        var copy = ModelSource.Bytes(ModelWriter.ToBytes(ModelOf("Identity")));
        var body = Compare(source, kernels, source, SessionSettings.Default, runs);
        var threads = Compare(source, kernels with { Threads = 2 }, source, kernels, runs);
        var bandwidth = Compare(source, kernels, copy, SessionSettings.Default, runs);
        Tool.Print($"{name}: kernel {body.First.Minimum:f2} ms, function {body.Other!.Minimum:f2} ms, {body.Other.Minimum / body.First.Minimum:f1} times");
        Tool.Print($"    copy {bandwidth.Other!.Minimum:f2} ms, {bandwidth.Other.Minimum / bandwidth.First.Minimum:p0} of its bandwidth; two threads {threads.Other!.Minimum / threads.First.Minimum:f2} times one");
    }

    static BenchmarkReport Compare(ModelSource first, SessionSettings settings, ModelSource other, SessionSettings otherSettings, int runs) =>
        new PairedBenchmark(new BenchmarkOptions { Runs = runs, Warmup = 20, Settings = settings, OtherSettings = otherSettings }).Run(first, other).OrThrow();
}
