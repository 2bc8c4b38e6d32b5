using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Experts;

/// <summary>What the weights of an expert lose when they are rounded to nearest: Σ ‖W - Q(W)‖²/‖W‖² over its matrices.</summary>
static class RoundingError
{
    /// <summary>NaN when a weight is not finite.</summary>
    public static double Of(ExpertLayer layer, int expert, Quantize.Options options)
    {
        var sum = 0.0;
        foreach (var stack in new[] { layer.Gate, layer.Up, layer.Down }.OfType<Value>())
        {
            var matrix = new WeightMatrix(ExpertTensor.Part(stack.Constant!, expert), true);
            if (BlockQuantizer.Run(matrix, options.Extent(), options.Grid(layer.Element)) is not { } rounded) return double.NaN;
            var (lost, all) = (0.0, 0.0);
            var (exact, row) = (new float[matrix.Columns], new float[matrix.Columns]);
            for (var r = 0; r < matrix.Rows; r++)
            {
                matrix.ReadRow(r, exact);
                rounded.ReadRow(r, row);
                for (var c = 0; c < row.Length; c++) (lost, all) = (lost + Math.Pow((double)exact[c] - row[c], 2), all + (double)exact[c] * exact[c]);
            }
            sum += all == 0 ? 0 : lost / all;
        }
        return sum;
    }
}
