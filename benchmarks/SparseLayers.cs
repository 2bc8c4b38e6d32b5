using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Sparsity;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>Layers that are trained sparse, as exported and as the passes leave them, in turns in one process; the best run of each side.</summary>
static class SparseLayers
{
    public static void Run(int runs)
    {
        foreach (var rows in new[] { 1, 4, 16, 64 })
        {
            Report("Gemma 3n, 2048 by 8192, 5 %", rows, 2048, runs, Gemma, new Sparsify(new() { Predicate = SparsityPredicate.Zeros }));
            Report("BlockFFN, 1792 by 56 blocks of 128", rows, 1792, runs, BlockFfn, new Sparsify(new() { Predicate = SparsityPredicate.Zeros }));
            Report("MoHD, 2048 by 16 groups of 512, 8 of them", rows, 2048, runs, Mohd, new Sparsify(new() { Predicate = SparsityPredicate.Zeros }));
            Report("FlyLoRA, 4096, 8 of 32", rows, 4096, runs, FlyLora, new FuseWeightedEmbeddingBag());
            Report("UltraMemV2, 32 of 129600 values of 192", rows, 192, runs, Memory, new FuseWeightedEmbeddingBag());
        }
    }

    static void Report(string name, int rows, int width, int runs, Action<Model, GraphBuilder, Value> write, Pass pass)
    {
        var (exported, compiled) = (New(write, width), New(write, width));
        var cx = new PassContext("sparse", null, new StepGate(), null, new TypeInference());
        pass.Run(compiled, cx);
        if (!compiled.AllNodes().Any(n => n.Op.Domain == "ai.onnxc")) throw new InvalidOperationException($"{name}: left as it was");
        var settings = SessionSettings.Default with { Threads = 1 };
        var inputs = new Dictionary<string, RuntimeValue> { ["x"] = new TensorValue(TensorData.Floats(SparseSpeed.Numbers(4, rows * width, 1), rows, width)) };
        var options = new BenchmarkOptions { Runs = runs, Warmup = 3, Settings = settings, OtherSettings = settings.WithKernels(), Inputs = inputs };
        var timed = new PairedBenchmark(options).Run(ModelSource.Bytes(ModelWriter.ToBytes(exported)), ModelSource.Bytes(ModelWriter.ToBytes(compiled))).OrThrow();
        var (before, after) = (timed.First.Minimum, timed.Other!.Minimum);
        Tool.Print($"{name}, {rows} rows: exported {before:f3} ms, compiled {after:f3} ms, {before / after:f2} times; medians {timed.First.Median:f3} and {timed.Other.Median:f3} ms");
    }

    static Model New(Action<Model, GraphBuilder, Value> write, int width)
    {
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        write(model, new GraphBuilder(model.Main), model.Main.AddInput("x", new TensorType(ElementType.Float, new Shape([Dim.Named("N"), width]))));
        return model;
    }

    static void Finish(Model model, Value y, int width)
    {
        y.SetType(new TensorType(ElementType.Float, new Shape([Dim.Named("N"), width])));
        model.Main.AddOutput(y, "y");
    }

    static Value Weights(GraphBuilder b, int seed, int rows, int columns) => b.Constant(TensorData.Floats(SparseSpeed.Numbers(seed, rows * columns, 0.05f), rows, columns));

    static Value Places(GraphBuilder b, params long[] places) => b.Constant(TensorData.Int64s(places));

    static Value Number(GraphBuilder b, float number) => b.Constant(TensorData.Scalar(number));

    static Value Silu(GraphBuilder b, Value x) => b.Op("Mul", [x, b.Op("Sigmoid", [x])]);

    static Value Mean(GraphBuilder b, Value x) => b.Op("ReduceMean", [x, Places(b, -1)]);

    static void Gemma(Model model, GraphBuilder b, Value x)
    {
        var gate = b.Op("MatMul", [x, Weights(b, 1, 2048, 8192)]);
        var mean = Mean(b, gate);
        var distance = b.Op("Sub", [gate, mean]);
        var deviation = b.Op("Sqrt", [Mean(b, b.Op("Mul", [distance, distance]))]);
        var cutoff = b.Op("Add", [mean, b.Op("Mul", [deviation, Number(b, 1.6448536f)])]);
        var open = b.Op("Gelu", [b.Op("Relu", [b.Op("Sub", [gate, cutoff])])], ("approximate", "tanh"));
        Finish(model, b.Op("MatMul", [b.Op("Mul", [open, b.Op("MatMul", [x, Weights(b, 2, 2048, 8192)])]), Weights(b, 3, 8192, 2048)]), 2048);
    }

    // The router's scores are shifted so that about a fifth of them is positive, as the published models have it.
    static void BlockFfn(Model model, GraphBuilder b, Value x)
    {
        var scores = b.Op("Relu", [b.Op("Sub", [b.Op("MatMul", [x, Weights(b, 5, 1792, 56)]), Number(b, 0.6f)])]);
        var root = b.Op("Sqrt", [b.Op("Add", [Mean(b, b.Op("Mul", [scores, scores])), Number(b, 1e-5f)])]);
        var hidden = Silu(b, b.Op("MatMul", [x, Weights(b, 2, 1792, 7168)]));
        Finish(model, b.Op("MatMul", [Grouped(b, hidden, b.Op("Div", [scores, root]), 56, 128), Weights(b, 3, 7168, 1792)]), 1792);
    }

    static Value Grouped(GraphBuilder b, Value hidden, Value scores, long groups, long width) =>
        b.Op("Reshape", [b.Op("Mul", [b.Op("Reshape", [hidden, Places(b, -1, groups, width)]), b.Op("Unsqueeze", [scores, Places(b, -1)])]), Places(b, -1, groups * width)]);

    // Six groups are shared, two of the others chosen.
    static void Mohd(Model model, GraphBuilder b, Value x)
    {
        var gates = b.Op("Softmax", [b.Op("MatMul", [x, Weights(b, 5, 2048, 16)])]);
        var special = b.Op("Slice", [gates, Places(b, 6), Places(b, 16), Places(b, 1)]);
        var top = b.Node(new OpId("", "TopK"), [special, Places(b, 2)], 2);
        var kept = b.Op("ScatterElements", [Filled(b, special, 0), top.Outputs[1], top.Outputs[0]], ("axis", -1L));
        var all = b.Op("Concat", [b.Op("Slice", [gates, Places(b, 0), Places(b, 6), Places(b, 1)]), kept], ("axis", 1L));
        var scaled = b.Op("Mul", [all, b.Op("Mul", [b.Op("ReduceSum", [all, Places(b, -1)]), Number(b, 16)])]);
        Finish(model, b.Op("MatMul", [Silu(b, Grouped(b, b.Op("MatMul", [x, Weights(b, 2, 2048, 8192)]), scaled, 16, 512)), Weights(b, 3, 8192, 2048)]), 2048);
    }

    static Value Filled(GraphBuilder b, Value like, float number) => b.Op("ConstantOfShape", [b.Op("Shape", [like])], ("value", new TensorAttribute(TensorData.Floats([number], 1))));

    // The branch alone: the product that it is added to costs the same on both sides.
    static void FlyLora(Model model, GraphBuilder b, Value x)
    {
        var low = b.Op("MatMul", [x, Weights(b, 1, 4096, 32)]);
        var top = b.Node(new OpId("", "TopK"), [b.Op("Abs", [b.Op("Add", [low, Weights(b, 2, 1, 32)])]), Places(b, 8)], 2);
        var mask = b.Op("ScatterElements", [Filled(b, low, 0), top.Outputs[1], Filled(b, top.Outputs[1], 1)], ("axis", -1L));
        Finish(model, b.Op("Mul", [b.Op("MatMul", [b.Op("Mul", [low, mask]), Weights(b, 3, 32, 4096)]), Number(b, 2)]), 4096);
    }

    // The two halves of the keys, the best of their sums, and the values of these.
    static void Memory(Model model, GraphBuilder b, Value x)
    {
        var (first, second) = (Half(1), Half(2));
        var sums = b.Op("Mul", [b.Op("Unsqueeze", [first.Outputs[0], Places(b, -1)]), b.Op("Unsqueeze", [second.Outputs[0], Places(b, -2)])]);
        var top = b.Node(new OpId("", "TopK"), [b.Op("Reshape", [sums, Places(b, -1, 1024)]), Places(b, 32)], 2);
        var row = b.Op("GatherElements", [first.Outputs[1], b.Op("Div", [top.Outputs[1], Places(b, 32)])], ("axis", 1L));
        var column = b.Op("GatherElements", [second.Outputs[1], b.Op("Mod", [top.Outputs[1], Places(b, 32)])], ("axis", 1L));
        var ids = b.Op("Add", [b.Op("Mul", [row, Places(b, 360)]), column]);
        var weighed = b.Op("Mul", [b.Op("Gather", [Weights(b, 3, 129600, 192), ids]), b.Op("Unsqueeze", [top.Outputs[0], Places(b, -1)])]);
        Finish(model, b.Op("ReduceSum", [weighed, Places(b, -2)], ("keepdims", 0L)), 192);

        Node Half(int seed) => b.Node(new OpId("", "TopK"), [b.Op("MatMul", [x, Weights(b, seed, 192, 360)]), Places(b, 32)], 2);
    }
}
