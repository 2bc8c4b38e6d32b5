using System.Runtime.InteropServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Sums of rows of a table with factors. A task has one bag and some columns; each element is added up in the order of the indices.</summary>
sealed unsafe class BagSum(long bags, int terms, int rows, int columns)
{
    // Long pieces of rows, which lie anywhere: a short one would cost a miss in the cache each.
    const int Slab = 1024;

    public long* Places { get; init; }
    public float* Weights { get; init; }
    public nint Table { get; init; }
    public nint Y { get; init; }
    public Storage Storage { get; init; }

    int Slabs => (columns + Slab - 1) / Slab;

    public int Tasks => checked((int)(bags * Slabs));

    public void Compute(int task)
    {
        var (bag, first) = (task / Slabs, task % Slabs * Slab);
        var width = Math.Min(Slab, columns - first);
        var places = (int*)NativeMemory.Alloc((nuint)terms, sizeof(int));
        for (var i = 0; i < terms; i++)
        {
            var place = Places[(long)bag * terms + i];
            places[i] = (int)(place < 0 ? place + rows : place);
        }
        if (Storage == Storage.Float32) Add(places, Weights + (long)bag * terms, first, new((float*)Y + (long)bag * columns + first, width));
        else AddConverted(places, Weights + (long)bag * terms, first, width, (ushort*)Y + (long)bag * columns + first);
        NativeMemory.Free(places);
    }

    void Add(int* places, float* factors, int first, Span<float> y)
    {
        y.Clear();
        fixed (float* sums = y) WeightRows.Add(sums, y.Length, (float*)Table + first, columns, places, factors, terms);
    }

    void AddConverted(int* places, float* factors, int first, int width, ushort* y)
    {
        float* sums = stackalloc float[Slab], row = stackalloc float[Slab];
        new Span<float>(sums, width).Clear();
        var only = 0;
        for (var i = 0; i < terms; i++)
        {
            Storages.Load(Storage, (ushort*)Table + (long)places[i] * columns + first, new(row, width));
            WeightRows.Add(sums, width, row, width, &only, factors + i, 1);
        }
        Storages.Store(Storage, new(sums, width), y);
    }
}
