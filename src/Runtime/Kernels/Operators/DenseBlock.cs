using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Products of several rows with all weights of a block of places, idle ones by zero: for blocks of which most is active.</summary>
sealed unsafe class DenseBlock(ActiveElements active, SumRows weights, int slab, int mostRows) : IDisposable
{
    readonly RentedBuffer<float> values = new((long)mostRows * active.BlockPlaces), decoded = new((long)slab * active.BlockPlaces);

    int First(int block) => block * active.BlockPlaces;

    int Count(int block) => Math.Min(active.BlockPlaces, active.AllPlaces - First(block));

    /// <summary>The share of a block that is active in some rows.</summary>
    public double Share(int row, int rows, int block)
    {
        var sum = 0L;
        for (var i = 0; i < rows; i++) sum += active.Of(row + i, block, out _, out _);
        return (double)sum / ((long)rows * Count(block));
    }

    /// <summary>Adds what the block gives, the same as active rows by themselves do.</summary>
    public void Add(int row, int rows, int block, int first, int width, float* y, long stride)
    {
        var (start, terms) = (First(block), Count(block));
        new Span<float>(values.Start, rows * terms).Clear();
        for (var i = 0; i < rows; i++)
        {
            var count = active.Of(row + i, block, out var places, out var numbers);
            for (var n = 0; n < count; n++) values.Start[i * terms + places[n] - start] = numbers[n];
        }
        var all = weights.Rows(start, terms, first, width, decoded.Start, out var pitch);
        for (var i = 0; i < rows; i += DenseRows.Rows)
            DenseRows.Add(values.Start + i * terms, terms, Math.Min(DenseRows.Rows, rows - i), all, pitch, terms, width, y + i * stride, stride);
    }

    public void Dispose()
    {
        values.Dispose();
        decoded.Dispose();
    }
}
