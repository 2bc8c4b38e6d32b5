namespace Onnxc.Passes.Quantization.Weights;

/// <summary>Rounds a matrix block by block, each for itself, on all cores, in pieces that stay in the caches.</summary>
static class BlockQuantizer
{
    // Wide both ways: a weight [K, N] is read across its rows, and a few elements of each would cost a page walk apiece.
    const int ColumnsAtOnce = 128, PieceElements = 1 << 14;

    // Rows of a piece lie at addresses that do not all fall into the same sets of a cache.
    const int Gap = 16;

    /// <summary>Null when a weight is not finite.</summary>
    /// <param name="block">Weights that share a scale; 0 for whole rows.</param>
    public static QuantizedMatrix? Run(WeightMatrix weights, int block, WeightGrid grid)
    {
        var result = new QuantizedMatrix(weights.Rows, weights.Columns, block, grid);
        return ForPieces(weights, result.Block, (row, column, piece) => Quantize(result, row, column, piece)) ? result : null;
    }

    /// <summary>The grid with one scale for all blocks; null when a weight is not finite.</summary>
    public static WeightGrid? Common(WeightMatrix weights, WeightGrid grid)
    {
        var gate = new Lock();
        var (least, most) = (0f, 0f);
        var isFinite = ForPieces(weights, 256, (_, _, piece) =>
        {
            var (low, high) = WeightGrid.Extent(piece);
            lock (gate) (least, most) = (Math.Min(least, low), Math.Max(most, high));
        });
        return isFinite ? new FixedGrid(grid, grid.Fit([least, most], 0)) : null;
    }

    /// <summary>The largest scale of any block; 0 when all weights are zero, or one is not finite.</summary>
    public static float LargestScale(WeightMatrix weights, int block, WeightGrid grid)
    {
        var gate = new Lock();
        var largest = 0f;
        var extent = block == 0 ? weights.Columns : block;
        var isFinite = ForPieces(weights, extent, (_, column, piece) =>
        {
            for (var i = 0; i < piece.Length; i += extent)
            {
                var scale = Math.Abs(grid.Fit(piece[i..Math.Min(i + extent, piece.Length)], column + i).Scale);
                lock (gate) largest = Math.Max(largest, scale);
            }
        });
        return isFinite ? largest : 0;
    }

    delegate void PieceAction(int row, int column, ReadOnlySpan<float> piece);

    static void Quantize(QuantizedMatrix result, int row, int column, ReadOnlySpan<float> piece)
    {
        Span<byte> codes = result.Block <= 1024 ? stackalloc byte[result.Block] : new byte[result.Block];
        for (var i = 0; i < piece.Length; i += result.Block)
        {
            var weights = piece[i..Math.Min(i + result.Block, piece.Length)];
            var scale = result.Grid.Fit(weights, column + i);
            result.Grid.Round(weights, scale, codes[..weights.Length]);
            result.Set(row, (column + i) / result.Block, scale, codes[..weights.Length]);
        }
    }

    // Pieces of rows, of whole blocks. False when a weight is not finite.
    static bool ForPieces(WeightMatrix weights, int block, PieceAction action)
    {
        var columns = Math.Min(weights.Columns, Math.Max(1, ColumnsAtOnce / block) * block);
        var rows = Math.Clamp(PieceElements / columns, 1, weights.Rows);
        var isFinite = true;
        Parallel.For(0, (weights.Rows + rows - 1) / rows, () => new float[rows * (columns + Gap)], (part, _, buffer) =>
        {
            var first = part * rows;
            var count = Math.Min(rows, weights.Rows - first);
            for (var column = 0; column < weights.Columns; column += columns)
            {
                var length = Math.Min(columns, weights.Columns - column);
                weights.Read(first, count, column, length, buffer, columns + Gap);
                for (var i = 0; i < count; i++)
                {
                    var piece = buffer.AsSpan(i * (columns + Gap), length);
                    if (!IsFinite(piece)) isFinite = false;
                    else action(first + i, column, piece);
                }
            }
            return buffer;
        }, _ => { });
        return isFinite;
    }

    static bool IsFinite(ReadOnlySpan<float> values)
    {
        // Zero times anything finite is zero, and anything else makes NaN of the sum.
        var sums = System.Numerics.Vector<float>.Zero;
        var vectors = System.Runtime.InteropServices.MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(values);
        foreach (var vector in vectors) sums += vector * 0f;
        var sum = System.Numerics.Vector.Sum(sums);
        foreach (var value in values[(vectors.Length * System.Numerics.Vector<float>.Count)..]) sum += value * 0f;
        return sum == 0;
    }
}
