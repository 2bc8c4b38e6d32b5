using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// One product with coded weights. A task has some columns, which it decodes once into memory that stays in a cache. Where there are many rows, weights
/// lie side by side by column, and six rows at a time go along them; a few rows are multiplied column by column; and a single one by weights as they are
/// decoded, which never leave the registers.
/// </summary>
sealed unsafe class LookupProduct(int bits, long rows, int columns, int reduced, int blocks, int blockBytes)
{
    // Columns of a task: whole vectors of every width. Rows that are multiplied at once: as many sums as 16 registers hold.
    const int Columns = 32, Rows = 6, PieceElements = 256;

    readonly int block = blockBytes * 8 / bits, padded = blocks * blockBytes * 8 / bits;

    public float* X { get; init; }
    public byte* Codes { get; init; }
    public float* Scales { get; init; }
    public float* Table { get; init; }
    public nint Y { get; init; }
    public Storage Storage { get; init; }

    public int Tasks => (columns + Columns - 1) / Columns;

    public void Compute(int task)
    {
        if (Width.Is512) Compute<Lanes512>(task * Columns);
        else if (Width.Is256) Compute<Lanes256>(task * Columns);
        else if (Width.Is128) Compute<Lanes128>(task * Columns);
        else Compute<Lanes1>(task * Columns);
    }

    void Compute<T>(int first) where T : struct, ILanes<T>
    {
        var count = Math.Min(Columns, columns - first);
        if (rows >= Rows) MultiplyMany<T>(first, count);
        else if (rows == 1 && bits == 4 && reduced == padded && Nibbles.CanMultiply(blockBytes)) MultiplyOne(first, count);
        else MultiplyFew<T>(first, count);
    }

    // Weights of one block of a column, scaled.
    void Decode(int column, int at, float* to)
    {
        var codes = Codes + ((long)column * blocks + at) * blockBytes;
        var scale = Scales[(long)column * blocks + at];
        if (bits == 4) Nibbles.Decode(codes, blockBytes, Table, scale, to);
        else Bytes.Decode(codes, blockBytes, Table, scale, to);
    }

    void MultiplyOne(int first, int count)
    {
        var results = stackalloc float[Columns];
        for (var c = 0; c < count; c++)
            results[c] = Nibbles.Multiply(Codes + (long)(first + c) * blocks * blockBytes, blocks, blockBytes, Table, Scales + (long)(first + c) * blocks, X);
        Store(results, first, count);
    }

    void MultiplyFew<T>(int first, int count) where T : struct, ILanes<T>
    {
        var weights = (float*)NativeMemory.AlignedAlloc((nuint)padded * 4 * sizeof(float), 64);
        var results = stackalloc float[Rows * Columns];
        for (var c = 0; c < count; c += 4)
        {
            for (var i = 0; i < 4; i++)
            {
                // Columns beyond the last one count for nothing; any weights will do.
                var column = Math.Min(first + c + i, columns - 1);
                for (var b = 0; b < blocks; b++) Decode(column, b, weights + i * padded + b * block);
            }
            for (var row = 0; row < rows; row++) RowByFour<T>(X + (long)row * reduced, weights, results + row * Columns + c);
        }
        for (var row = 0; row < rows; row++) Store(results + row * Columns, (long)row * columns + first, count);
        NativeMemory.AlignedFree(weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void RowByFour<T>(float* x, float* w, float* y) where T : struct, ILanes<T>
    {
        float* w1 = w + padded, w2 = w1 + padded, w3 = w2 + padded;
        T a = T.Of(0), b = a, c = a, d = a;
        var i = 0;
        for (; i <= reduced - T.Count; i += T.Count)
        {
            var v = T.Load(x + i);
            a = T.MultiplyAdd(v, T.Load(w + i), a);
            b = T.MultiplyAdd(v, T.Load(w1 + i), b);
            c = T.MultiplyAdd(v, T.Load(w2 + i), c);
            d = T.MultiplyAdd(v, T.Load(w3 + i), d);
        }
        (y[0], y[1], y[2], y[3]) = (T.Sum(a), T.Sum(b), T.Sum(c), T.Sum(d));
        for (; i < reduced; i++) (y[0], y[1], y[2], y[3]) = (y[0] + x[i] * w[i], y[1] + x[i] * w1[i], y[2] + x[i] * w2[i], y[3] + x[i] * w3[i]);
    }

    void MultiplyMany<T>(int first, int count) where T : struct, ILanes<T>
    {
        var pair = 2 * T.Count;
        // [pairs of vectors of columns, K, columns of a pair]
        var weights = (float*)NativeMemory.AlignedAlloc((nuint)padded * Columns * sizeof(float), 64);
        Arrange(first, count, weights, pair);
        var results = stackalloc float[Rows * Columns];
        for (var row = 0L; row < rows; row += Rows)
        {
            var lines = (int)Math.Min(Rows, rows - row);
            var x = X + row * reduced;
            for (var c = 0; c < count; c += pair)
            {
                var w = weights + (long)c * padded;
                if (lines == Rows) RowsByPair<T>(x, w, results + c);
                else
                    for (var i = 0; i < lines; i++) RowByPair<T>(x + (long)i * reduced, w, results + i * Columns + c);
            }
            for (var i = 0; i < lines; i++) Store(results + i * Columns, (row + i) * columns + first, count);
        }
        NativeMemory.AlignedFree(weights);
    }

    // Blocks of all columns by turns, so that what is written stays in the first-level cache.
    void Arrange(int first, int count, float* weights, int pair)
    {
        var atOnce = Math.Max(1, PieceElements / block);
        var line = (float*)NativeMemory.AlignedAlloc((nuint)(atOnce * block * sizeof(float)), 64);
        for (var start = 0; start < blocks; start += atOnce)
        {
            var end = Math.Min(start + atOnce, blocks);
            for (var c = 0; c < Columns; c++)
            {
                for (var b = start; b < end; b++) Decode(Math.Min(first + c, first + count - 1), b, line + (b - start) * block);
                var to = weights + (long)(c / pair * pair) * padded + c % pair + (long)start * block * pair;
                for (var i = 0; i < (end - start) * block; i++, to += pair) *to = line[i];
            }
        }
        NativeMemory.AlignedFree(line);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void RowsByPair<T>(float* x, float* w, float* y) where T : struct, ILanes<T>
    {
        float* x1 = x + reduced, x2 = x1 + reduced, x3 = x2 + reduced, x4 = x3 + reduced, x5 = x4 + reduced;
        T a0 = T.Of(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0, e0 = a0, e1 = a0, f0 = a0, f1 = a0;
        for (var k = 0; k < reduced; k++, w += 2 * T.Count)
        {
            T p = T.Load(w), q = T.Load(w + T.Count);
            var v = T.Of(x[k]);
            a0 = T.MultiplyAdd(v, p, a0);
            a1 = T.MultiplyAdd(v, q, a1);
            v = T.Of(x1[k]);
            b0 = T.MultiplyAdd(v, p, b0);
            b1 = T.MultiplyAdd(v, q, b1);
            v = T.Of(x2[k]);
            c0 = T.MultiplyAdd(v, p, c0);
            c1 = T.MultiplyAdd(v, q, c1);
            v = T.Of(x3[k]);
            d0 = T.MultiplyAdd(v, p, d0);
            d1 = T.MultiplyAdd(v, q, d1);
            v = T.Of(x4[k]);
            e0 = T.MultiplyAdd(v, p, e0);
            e1 = T.MultiplyAdd(v, q, e1);
            v = T.Of(x5[k]);
            f0 = T.MultiplyAdd(v, p, f0);
            f1 = T.MultiplyAdd(v, q, f1);
        }
        Put(a0, a1, y);
        Put(b0, b1, y + Columns);
        Put(c0, c1, y + 2 * Columns);
        Put(d0, d1, y + 3 * Columns);
        Put(e0, e1, y + 4 * Columns);
        Put(f0, f1, y + 5 * Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void RowByPair<T>(float* x, float* w, float* y) where T : struct, ILanes<T>
    {
        T a = T.Of(0), b = a;
        for (var k = 0; k < reduced; k++, w += 2 * T.Count)
        {
            var v = T.Of(x[k]);
            a = T.MultiplyAdd(v, T.Load(w), a);
            b = T.MultiplyAdd(v, T.Load(w + T.Count), b);
        }
        Put(a, b, y);
    }

    static void Put<T>(T first, T second, float* y) where T : struct, ILanes<T>
    {
        first.Store(y);
        second.Store(y + T.Count);
    }

    void Store(float* from, long at, int count) => Storages.Store(Storage, new(from, count), Y, at);
}
