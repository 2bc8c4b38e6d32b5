using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Quantization;

namespace Onnxc.Benchmarks;

/// <summary>
/// The gated block of <see cref="SparseSpeed"/> with weights of 8 and 4 bits: <c>MatMulNBits</c> as ONNX Runtime computes it, in float32 (level 0) and int8
/// (level 4), against sparse products with the same codes. Its gate is the same dense product on both sides. The bound is that of <see cref="SparseSpeed"/>.
/// </summary>
static class SparseCodes
{
    static readonly double[] Shares = [0.1, 0.3, 0.5, 1];
    static readonly int[] Rows = [2, 4, 8, 16];

    public static void Run(int runs)
    {
        var x = SparseSpeed.Numbers(4, SparseSpeed.Model, 1);
        var gate = Array.ConvertAll(SparseSpeed.Product(x, SparseSpeed.Gate), v => v / (1 + MathF.Exp(-v)));
        foreach (var bits in new[] { WeightType.Int8, WeightType.Int4 })
            foreach (var level in new[] { 4, 0 })
            {
                var dense = Quantized(SparseSpeed.Gated(null), bits, level);
                foreach (var threads in new[] { 1, 2 })
                    foreach (var share in Shares)
                        Report(share, 1, threads);
                foreach (var rows in Rows) Report(0.1, rows, 1);

                void Report(double share, int rows, int threads) =>
                    SparseSpeed.Report($"{bits}, level {level}, {share:p0} active, {rows} rows", threads, runs, rows == 1 ? x : SparseSpeed.Numbers(4, rows * SparseSpeed.Model, 1), dense,
                        Quantized(SparseSpeed.Gated(SparseSpeed.Quantile(gate, share)), bits, level), 3 / (1 + 2 * (1 - Math.Pow(1 - share, rows))));
            }
    }

    static Model Quantized(Model model, WeightType weights, int level)
    {
        new Quantize(new() { Weights = weights, AccuracyLevel = level }).Run(model, new PassContext("quantize", null, new StepGate(), null, null));
        return model;
    }
}
