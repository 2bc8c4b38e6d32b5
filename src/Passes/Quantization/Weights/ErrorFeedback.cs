namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// Rounds column after column, and makes up for the error of each in the columns that are still to come, as the second moments of the input say:
/// Frantar et al., GPTQ, 2022.
/// </summary>
static class ErrorFeedback
{
    // Share of the mean diagonal that is added to it, so that directions the data do not show keep their weights.
    const double Damping = 0.01;

    // Rows that one task works on; columns within which errors are made up for at once.
    const int RowsAtOnce = 16, ColumnsAtOnce = 128;

    /// <summary>Null when a weight or moment is not finite.</summary>
    /// <param name="block">Weights that share a scale; 0 for whole rows.</param>
    /// <param name="moments">Mean of x·xᵀ, [K, K].</param>
    public static QuantizedMatrix? Run(WeightMatrix weights, int block, WeightGrid grid, double[] moments)
    {
        var columns = weights.Columns;
        if (Inverse.Factor(Damped(moments, columns), columns) is not { } factor) return null;
        var result = new QuantizedMatrix(weights.Rows, columns, block, grid);
        var isFinite = true;
        Parallel.For(0, (weights.Rows + RowsAtOnce - 1) / RowsAtOnce, part =>
        {
            var first = part * RowsAtOnce;
            var rows = Math.Min(RowsAtOnce, weights.Rows - first);
            var values = new float[rows * columns];
            weights.Read(first, rows, 0, columns, values, columns);
            if (!Array.TrueForAll(values, float.IsFinite)) isFinite = false;
            else RoundRows(result, first, rows, values, factor);
        });
        return isFinite ? result : null;
    }

    static double[] Damped(double[] moments, int columns)
    {
        var damped = (double[])moments.Clone();
        var mean = 0.0;
        for (var i = 0; i < columns; i++) mean += moments[(long)i * columns + i] / columns;
        // Without any input there is nothing to go by, and each weight is rounded for itself.
        if (mean == 0) mean = 1;
        for (var i = 0; i < columns; i++) damped[(long)i * columns + i] += moments[(long)i * columns + i] == 0 ? mean : Damping * mean;
        return damped;
    }

    static void RoundRows(QuantizedMatrix result, int first, int rows, float[] values, float[] factor)
    {
        var (columns, block) = (result.Columns, result.Block);
        var codes = new byte[rows * columns];
        var scales = new BlockScale[rows * result.Blocks];
        var errors = new float[rows * ColumnsAtOnce];
        for (var start = 0; start < columns; start += ColumnsAtOnce)
        {
            var end = Math.Min(start + ColumnsAtOnce, columns);
            for (var row = 0; row < rows; row++)
            {
                var line = values.AsSpan(row * columns, columns);
                for (var i = start; i < end; i++)
                {
                    ref var scale = ref scales[row * result.Blocks + i / block];
                    // A block that reaches beyond these columns lacks the latest errors in its last ones.
                    if (i % block == 0) scale = result.Grid.Fit(line[i..Math.Min(i + block, columns)], i);
                    var code = result.Grid.Round(line[i], scale);
                    codes[row * columns + i] = code;
                    var error = (line[i] - result.Grid.Value(code, scale)) / factor[(long)i * columns + i];
                    errors[row * ColumnsAtOnce + i - start] = error;
                    Subtract(line[i..end], factor.AsSpan(i * columns + i, end - i), error);
                }
            }
            // One row of the factor serves all rows while it is in the cache.
            for (var i = start; i < end; i++)
                for (var row = 0; row < rows; row++)
                    Subtract(values.AsSpan(row * columns + end, columns - end), factor.AsSpan(i * columns + end, columns - end), errors[row * ColumnsAtOnce + i - start]);
        }
        for (var row = 0; row < rows; row++)
            for (var b = 0; b < result.Blocks; b++)
                result.Set(first + row, b, scales[row * result.Blocks + b], codes.AsSpan(row * columns + b * block, Math.Min(block, columns - b * block)));
    }

    static void Subtract(Span<float> from, ReadOnlySpan<float> direction, float times)
    {
        var vectors = System.Runtime.InteropServices.MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(from);
        var directions = System.Runtime.InteropServices.MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(direction);
        for (var i = 0; i < vectors.Length; i++) vectors[i] -= directions[i] * times;
        for (var i = vectors.Length * System.Numerics.Vector<float>.Count; i < from.Length; i++) from[i] -= direction[i] * times;
    }
}
