using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// One product of a layer. A task has some rows; it goes along the inputs, so that the weights of an input stay in the nearest cache while all its rows take
/// from them. Of local functions only the weights of four are touched, and none for numbers beyond the grid.
/// </summary>
sealed unsafe class KanProduct(KanFunctions functions, KanWeights? packed, long rows, int columns, bool hasBase)
    : LayerProduct(rows)
{
    /// <summary>Rows from which on weights are laid out anew, where they are not the same in all calls.</summary>
    public const int LeastPacked = 16;

    // Inputs whose functions are computed at once: few enough for all that to stay in the nearest cache.
    const int Inputs = 16;
    const int Line = 64;

    readonly int inputs = functions.Inputs, terms = functions.Terms + (hasBase ? 1 : 0), computed = functions.Computed + (hasBase ? 1 : 0);
    readonly int width = packed?.Columns ?? columns;


    /// <summary>Of the layer normalization; null for none.</summary>
    public float* Scale { get; init; }
    public float* Shift { get; init; }
    public float Epsilon { get; init; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Compute<T>(long begin, int count)
    {
        var normal = Scale is null ? 0 : (count * inputs + Inputs - 1) / Inputs * Inputs;
        // Whole lines of the cache: vectors that lie across two take twice as long.
        using var room = new RentedBuffer<float>(normal + count * width + count * Inputs * (computed + 1L) + 2 * Line);
        var z = (float*)(((nint)room.Start + Line - 1) / Line * Line);
        var y = z + normal;
        var values = y + (count * width + Inputs - 1) / Inputs * Inputs;
        var cells = values + count * Inputs * computed;
        for (var r = 0; r < count; r++)
        {
            new ReadOnlySpan<float>(Bias, columns).CopyTo(new(y + r * width, columns));
            new Span<float>(y + r * width + columns, width - columns).Clear();
            if (normal > 0) RowNormalization.Apply<T>(X + (begin + r) * inputs, z + r * inputs, inputs, Scale, Shift, Epsilon);
        }
        for (var at = 0; at < inputs; at += Inputs)
        {
            var some = Math.Min(Inputs, inputs - at);
            for (var r = 0; r < count; r++)
            {
                var x = X + (begin + r) * inputs + at;
                var own = values + r * Inputs * computed;
                functions.Compute<T>(normal > 0 ? z + r * inputs + at : x, at, some, own, cells + r * Inputs, Inputs);
                if (hasBase) Silu.Apply<T>(x, own + functions.Computed * Inputs, some);
            }
            if (packed is not null) AddLocal<T>(packed, at, some, values, cells, y, count);
            else if (functions.IsLocal) AddFew<T>(Weights + (long)at * terms * columns, some, values, cells, y, count);
            else new RowProduct(Inputs * computed, some, computed, Inputs, columns).Add<T>(values, count, Weights + (long)at * terms * columns, y);
        }
        for (var r = 0; r < count; r += width == columns ? count : 1) Storages.Store(Storage, new(y + r * width, width == columns ? count * columns : columns), Y, (begin + r) * columns);
    }

    void AddLocal<T>(KanWeights weights, int at, int some, float* values, float* cells, float* y, int count) where T : struct, ILanes<T>
    {
        var rowsInside = stackalloc int[Rows];
        for (var i = 0; i < some; i++)
        {
            // Without a branch, which could not be foretold.
            var inside = 0;
            for (var r = 0; r < count; r++)
            {
                rowsInside[inside] = r;
                inside += 1 + ((int)cells[r * Inputs + i] >> 31);
            }
            AddInput<T>(weights.Of(at + i), weights.Rows * T.Count, values + i, cells + i, y, rowsInside, inside);
        }
        if (hasBase) new RowProduct(Inputs * computed, 1, some, 1, width).Add<T>(values + KanFunctions.LocalTerms * Inputs, count, weights.Base + (long)at * width, y);
    }

    // At the ends of the grid some of the four functions do not exist, and take weights of zero from the rows around.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddInput<T>(float* w, int block, float* values, float* cells, float* y, int* rowsInside, int inside) where T : struct, ILanes<T>
    {
        for (var n = 0; n < inside; n++)
        {
            var r = rowsInside[n];
            float* own = values + r * computed * Inputs, to = y + r * width, end = to + width;
            T p = T.Of(own[0]), q = T.Of(own[Inputs]), s = T.Of(own[2 * Inputs]), t = T.Of(own[3 * Inputs]);
            for (var from = w + (int)cells[r * Inputs] * T.Count; to < end; to += T.Count, from += block)
            {
                var sum = T.MultiplyAdd(p, T.Load(from), T.Load(to));
                sum = T.MultiplyAdd(q, T.Load(from + T.Count), sum);
                sum = T.MultiplyAdd(s, T.Load(from + 2 * T.Count), sum);
                T.MultiplyAdd(t, T.Load(from + 3 * T.Count), sum).Store(to);
            }
        }
    }

    // A few rows, for which packing does not pay.
    void AddFew<T>(float* w, int some, float* values, float* cells, float* y, int count) where T : struct, ILanes<T>
    {
        for (var i = 0; i < some; i++, w += terms * columns)
            for (var r = 0; r < count; r++)
            {
                float* own = values + r * computed * Inputs + i, to = y + r * columns;
                var first = (int)cells[r * Inputs + i] - KanFunctions.LocalTerms + 1;
                for (var m = 0; m < KanFunctions.LocalTerms; m++)
                    if (first + m >= 0 && first + m < functions.Terms) AddOne<T>(w + (first + m) * columns, own[m * Inputs], to);
                if (hasBase) AddOne<T>(w + (terms - 1) * columns, own[KanFunctions.LocalTerms * Inputs], to);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddOne<T>(float* w, float factor, float* y) where T : struct, ILanes<T>
    {
        var c = 0;
        for (; c <= columns - T.Count; c += T.Count) T.MultiplyAdd(T.Of(factor), T.Load(w + c), T.Load(y + c)).Store(y + c);
        for (; c < columns; c++) y[c] = MathF.FusedMultiplyAdd(factor, w[c], y[c]);
    }
}
