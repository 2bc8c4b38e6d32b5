using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>
/// One feed-forward block of 2048 by 8192 in float32, dense as ONNX Runtime computes it and sparse, in turns in one process; the best run of each side, which
/// others on the machine disturb least. Thresholds are quantiles of what the one input gives, so that the share that is active is exact.
/// The bound is all weights over those that have to be read.
/// </summary>
static class SparseSpeed
{
    internal const int Model = 2048, Hidden = 8192;

    internal static readonly TensorData Gate = Weights(1, Model, Hidden), Up = Weights(2, Model, Hidden), Down = Weights(3, Hidden, Model);

    public static void Run(int runs)
    {
        var x = Numbers(4, Model, 1);
        var gate = Array.ConvertAll(Product(x, Gate), v => v / (1 + MathF.Exp(-v)));
        var up = Product(x, Up);
        foreach (var threads in new[] { 1, 2 })
        {
            foreach (var share in new[] { 0.1, 0.3, 1.0 })
                Report($"gated, {share:p0} active", threads, runs, x, Gated(null), Gated(Quantile(gate, share)), 3 / (1 + 2 * share));
            foreach (var share in new[] { 0.1, 1.0 })
            {
                var shift = -Quantile(up, share, signed: true);
                Report($"ReLU, {share:p0} active", threads, runs, x, Plain(shift, sparse: false), Plain(shift, sparse: true), 2 / (1 + share));
            }
            var hidden = gate.Zip(up, (a, b) => a * b).ToArray();
            Report("TEAL, 50 % of every input", threads, runs, x, Gated(null), Teal(Quantile(x, 0.5), Quantile(hidden, 0.5)), 2);
            Report("split predictor, 8 % active", threads, runs, x, Split(null), Split(1.405072f), 2 / (0.5 + 0.08 * 1.5));
            Report("core neurons, 20 %", threads, runs, x, Gated(null), Core(0.2), 5);
        }
        // Rows have other active neurons, whose weights add up.
        foreach (var share in new[] { 0.1, 0.3 })
            foreach (var rows in new[] { 2, 4, 8, 16, 32, 64 })
                Report($"gated, {share:p0} active, {rows} rows", 1, runs, Numbers(4, rows * Model, 1), Gated(null), Gated(Quantile(gate, share)), 3 / (1 + 2 * (1 - Math.Pow(1 - share, rows))));
    }

    internal static void Report(string name, int threads, int runs, float[] x, Model dense, Model sparse, double bound)
    {
        var settings = SessionSettings.Default with { Threads = threads };
        var inputs = new Dictionary<string, RuntimeValue> { ["x"] = new TensorValue(TensorData.Floats(x, x.Length / Model, Model)) };
        var options = new BenchmarkOptions { Runs = runs, Warmup = 3, Settings = settings, OtherSettings = settings.WithKernels(), Inputs = inputs };
        var timed = new PairedBenchmark(options).Run(ModelSource.Bytes(ModelWriter.ToBytes(dense)), ModelSource.Bytes(ModelWriter.ToBytes(sparse))).OrThrow();
        var (whole, part) = (timed.First.Minimum, timed.Other!.Minimum);
        Tool.Print($"{name}, {threads} threads: dense {whole:f2} ms, sparse {part:f2} ms, {whole / part:f2} times (bound {bound:f2}); medians {timed.First.Median:f2} and {timed.Other.Median:f2} ms");
    }

    static (Model Model, GraphBuilder Builder, Value X) New()
    {
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        return (model, new GraphBuilder(model.Main), model.Main.AddInput("x", new TensorType(ElementType.Float, new Shape([Dim.Named("N"), Model]))));
    }

    static Model Finish(Model model, Value y)
    {
        y.SetType(new TensorType(ElementType.Float, new Shape([Dim.Named("N"), Model])));
        model.Main.AddOutput(y, "y");
        return model;
    }

    internal static Model Gated(float? threshold)
    {
        var (model, builder, x) = New();
        var gate = builder.Op("MatMul", [x, builder.Constant(Gate)]);
        var open = builder.Op("Mul", [gate, builder.Op("Sigmoid", [gate])]);
        return threshold is { } limit
            ? Finish(model, builder.Custom("SparseGatedFfn", [x, open, builder.Constant(Transposed(Up)), builder.Constant(Down), builder.Constant(TensorData.Scalar(limit))]))
            : Finish(model, builder.Op("MatMul", [builder.Op("Mul", [open, builder.Op("MatMul", [x, builder.Constant(Up)])]), builder.Constant(Down)]));
    }

    static Model Plain(float shift, bool sparse)
    {
        var (model, builder, x) = New();
        var up = builder.Op("Add", [builder.Op("MatMul", [x, builder.Constant(Up)]), builder.Constant(TensorData.Scalar(shift))]);
        var hidden = builder.Op("Relu", [up]);
        return Finish(model, sparse ? builder.Custom("MaskedGemv", [hidden, builder.Constant(Down), builder.Constant(TensorData.Scalar(0f))]) : builder.Op("MatMul", [hidden, builder.Constant(Down)]));
    }

    static Model Teal(float first, float second)
    {
        var (model, builder, x) = New();
        var (atFirst, atSecond) = (builder.Constant(TensorData.Scalar(first)), builder.Constant(TensorData.Scalar(second)));
        var gate = builder.Custom("MaskedGemv", [x, builder.Constant(Gate), atFirst]);
        var open = builder.Op("Mul", [gate, builder.Op("Sigmoid", [gate])]);
        var hidden = builder.Op("Mul", [open, builder.Custom("MaskedGemv", [x, builder.Constant(Up), atFirst])]);
        return Finish(model, builder.Custom("MaskedGemv", [hidden, builder.Constant(Down), atSecond]));
    }

    // Half of the input decides which neurons are active, and the other half what they send on.
    static Model Split(float? multiplier)
    {
        var (model, builder, x) = New();
        var (zero, half, all, axis) = (At(0), At(Model / 2), At(Model), At(1));
        var (first, second) = (builder.Op("Slice", [x, zero, half, axis]), builder.Op("Slice", [x, half, all, axis]));
        var gate = builder.Op("MatMul", [first, builder.Constant(Rows(Gate, 0, Model / 2))]);
        var upper = Rows(Up, Model / 2, Model);
        if (multiplier is { } z)
        {
            var open = builder.Op("Gelu", [builder.Custom("StatisticalTopK", [gate], ("multiplier", z), ("soft", 1L))]);
            return Finish(model, builder.Custom("SparseGatedFfn", [second, open, builder.Constant(Transposed(upper)), builder.Constant(Down), builder.Constant(TensorData.Scalar(0f))]));
        }
        return Finish(model, builder.Op("MatMul", [builder.Op("Mul", [builder.Op("Gelu", [gate]), builder.Op("MatMul", [second, builder.Constant(upper)])]), builder.Constant(Down)]));

        Value At(long place) => builder.Constant(TensorData.Int64s([place]));
    }

    static Model Core(double share)
    {
        var (model, builder, x) = New();
        var neurons = (int)(Hidden * share);
        var gate = builder.Op("MatMul", [x, builder.Constant(Weights(1, Model, neurons))]);
        var open = builder.Op("Mul", [gate, builder.Op("Sigmoid", [gate])]);
        return Finish(model, builder.Op("MatMul", [builder.Op("Mul", [open, builder.Op("MatMul", [x, builder.Constant(Weights(2, Model, neurons))])]), builder.Constant(Weights(3, neurons, Model))]));
    }

    internal static float[] Numbers(int seed, int count, float scale)
    {
        var random = new Random(seed);
        var numbers = new float[count];
        // The sum of four uniform numbers is normal enough.
        for (var i = 0; i < count; i++) numbers[i] = (random.NextSingle() + random.NextSingle() + random.NextSingle() + random.NextSingle() - 2) * scale;
        return numbers;
    }

    static TensorData Weights(int seed, int rows, int columns) => TensorData.Floats(Numbers(seed, rows * columns, 0.05f), rows, columns);

    static TensorData Rows(TensorData weights, int first, int end)
    {
        var columns = (int)weights.Dims[1];
        return TensorData.Of<byte>(ElementType.Float, [end - first, columns], weights.Bytes[(first * columns * sizeof(float))..(end * columns * sizeof(float))]);
    }

    static TensorData Transposed(TensorData weights)
    {
        var (rows, columns, from) = ((int)weights.Dims[0], (int)weights.Dims[1], weights.ToArray<float>());
        var to = new float[from.Length];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
        return TensorData.Floats(to, columns, rows);
    }

    internal static float[] Product(float[] x, TensorData weights)
    {
        var (columns, from) = ((int)weights.Dims[1], weights.ToArray<float>());
        var y = new float[columns];
        for (var i = 0; i < x.Length; i++)
            for (var j = 0; j < columns; j++) y[j] += x[i] * from[i * columns + j];
        return y;
    }

    // What a share of the numbers exceeds; for all of them, less than any.
    internal static float Quantile(float[] numbers, double share, bool signed = false)
    {
        var sorted = Array.ConvertAll(numbers, v => signed ? v : MathF.Abs(v));
        Array.Sort(sorted);
        var idle = (int)(sorted.Length * (1 - share));
        return idle == 0 ? Math.Min(-1, sorted[0] - 1) : sorted[idle - 1];
    }
}
