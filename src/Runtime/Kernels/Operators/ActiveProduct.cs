using System.Runtime.InteropServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// y = Σ value · row of the weights, over the active elements. A task has some rows and some columns; for several rows it goes along the weights block by
/// block, so that what one row has read is in a cache for the next. Where rows need most weights of a block anyway, each is multiplied with all of them.
/// </summary>
sealed unsafe class ActiveProduct(ActiveElements active, SumRows weights, int columns)
{
    // A single row reads long pieces of the rows of weights. For several ones a block of weights has to stay in the second-level cache.
    const int LongSlab = 1024, ShortSlab = 256, RowsOfTask = 16;

    // Rows, and the share of a block that is active in them, from which on leaving weights out costs more than multiplying by zero.
    const int LeastDenseRows = 4;
    const double DenseShare = 0.4;

    readonly int slab = active.Rows == 1 ? LongSlab : ShortSlab;

    public nint Y { get; init; }
    public Storage Storage { get; init; }

    int Slabs => (columns + slab - 1) / slab;

    public int Tasks => Slabs * ((active.Rows + RowsOfTask - 1) / RowsOfTask);

    public void Compute(int task)
    {
        var (first, row) = (task % Slabs * slab, task / Slabs * RowsOfTask);
        var (width, rows) = (Math.Min(slab, columns - first), Math.Min(RowsOfTask, active.Rows - row));
        if (Storage == Storage.Float32)
        {
            Compute(row, rows, first, width, (float*)Y + (long)row * columns + first, columns);
            return;
        }
        var sums = (float*)NativeMemory.Alloc((nuint)(rows * width), sizeof(float));
        Compute(row, rows, first, width, sums, width);
        for (var i = 0; i < rows; i++) Storages.Store(Storage, new(sums + i * width, width), (ushort*)Y + (long)(row + i) * columns + first);
        NativeMemory.Free(sums);
    }

    void Compute(int row, int rows, int first, int width, float* y, long stride)
    {
        for (var i = 0; i < rows; i++) new Span<float>(y + i * stride, width).Clear();
        using var dense = rows < LeastDenseRows ? null : new DenseBlock(active, weights, slab, RowsOfTask);
        for (var block = 0; block < active.Blocks; block++)
            if (dense is not null && dense.Share(row, rows, block) >= DenseShare) dense.Add(row, rows, block, first, width, y, stride);
            else
                for (var i = 0; i < rows; i++)
                {
                    var count = active.Of(row + i, block, out var places, out var values);
                    weights.Add(y + i * stride, first, width, places, values, count);
                }
    }
}
