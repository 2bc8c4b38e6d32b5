using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// One product of a layer. A task has some rows; it goes along the inputs, so that the weights of an input stay in the nearest cache while all its rows take
/// from them. Of local functions only the weights of four are touched.
/// </summary>
sealed unsafe class KanProduct(KanFunctions functions, long rows, int columns, bool hasBase) : IDisposable
{
    // Rows of a task, and inputs whose functions are computed at once.
    const int Rows = 32, Inputs = 64;
    const int Together = 4;

    readonly int inputs = functions.Inputs, terms = functions.Terms + (hasBase ? 1 : 0), computed = functions.Computed + (hasBase ? 1 : 0);

    public float* X { get; init; }
    public float* Weights { get; init; }
    public float* Bias { get; init; }

    /// <summary>Of the layer normalization; null for none.</summary>
    public float* Scale { get; init; }
    public float* Shift { get; init; }
    public float Epsilon { get; init; }
    public nint Y { get; init; }
    public Storage Storage { get; init; }

    public int Tasks => (int)((rows + Rows - 1) / Rows);

    public void Compute(int task)
    {
        if (Width.Is512) Compute<Lanes512>(task);
        else if (Width.Is256) Compute<Lanes256>(task);
        else if (Width.Is128) Compute<Lanes128>(task);
        else Compute<Lanes1>(task);
    }

    void Compute<T>(int task) where T : struct, ILanes<T>
    {
        var (begin, count) = ((long)task * Rows, (int)Math.Min(Rows, rows - (long)task * Rows));
        var normal = Scale is null ? 0 : count * inputs;
        var room = (float*)NativeMemory.Alloc((nuint)(normal + count * columns + count * Inputs * (computed + 1)), sizeof(float));
        var z = room;
        var y = z + normal;
        var values = y + count * columns;
        var cells = values + count * Inputs * computed;
        try
        {
            for (var r = 0; r < count; r++)
            {
                new ReadOnlySpan<float>(Bias, columns).CopyTo(new(y + r * columns, columns));
                if (normal > 0) Normalize(X + (begin + r) * inputs, z + r * inputs);
            }
            for (var at = 0; at < inputs; at += Inputs)
            {
                var some = Math.Min(Inputs, inputs - at);
                for (var r = 0; r < count; r++)
                {
                    var x = X + (begin + r) * inputs + at;
                    var own = values + r * Inputs * computed;
                    functions.Compute<T>(normal > 0 ? z + r * inputs + at : x, at, some, own, cells + r * Inputs, Inputs);
                    if (hasBase) Silu<T>(x, own + functions.Computed * Inputs, some);
                }
                for (var i = 0; i < some; i++)
                {
                    var w = Weights + (long)(at + i) * terms * columns;
                    if (functions.IsLocal) AddLocal<T>(w, values + i, cells + i, y, count);
                    else AddAll<T>(w, values + i, y, count);
                }
            }
            Store(y, begin * columns, count * columns);
        }
        finally
        {
            NativeMemory.Free(room);
        }
    }

    // In double precision, as sums over a row are elsewhere.
    void Normalize(float* x, float* z)
    {
        var (sum, squares) = (0.0, 0.0);
        for (var i = 0; i < inputs; i++) sum += x[i];
        var mean = sum / inputs;
        for (var i = 0; i < inputs; i++) squares += (x[i] - mean) * (x[i] - mean);
        var factor = (float)(1 / Math.Sqrt(squares / inputs + Epsilon));
        for (var i = 0; i < inputs; i++) z[i] = (x[i] - (float)mean) * factor * Scale[i] + Shift[i];
    }

    static void Silu<T>(float* x, float* y, int count) where T : struct, ILanes<T>
    {
        var i = 0;
        for (; i <= count - T.Count; i += T.Count) Of(T.Load(x + i)).Store(y + i);
        for (; i < count; i++) Of(Lanes1.Load(x + i)).Store(y + i);

        static TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => x / (TLanes.Of(1) + TLanes.Exp(TLanes.Of(0) - x));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddLocal<T>(float* w, float* values, float* cells, float* y, int count) where T : struct, ILanes<T>
    {
        var last = w + (terms - 1) * columns;
        for (var r = 0; r < count; r++, values += computed * Inputs, cells += Inputs, y += columns)
        {
            var first = (int)*cells - (KanFunctions.LocalTerms - 1);
            float p = values[0], q = values[Inputs], s = values[2 * Inputs], t = values[3 * Inputs], b = hasBase ? values[4 * Inputs] : 0;
            var own = w + first * columns;
            if (first >= 0 && first <= functions.Terms - KanFunctions.LocalTerms)
            {
                var c = 0;
                for (; c <= columns - T.Count; c += T.Count) Five<T>(own + c, last + c, y + c, p, q, s, t, b);
                for (; c < columns; c++) Five<Lanes1>(own + c, last + c, y + c, p, q, s, t, b);
                continue;
            }
            // At the ends of the grid some of the four do not exist.
            for (var m = 0; m < KanFunctions.LocalTerms; m++)
                if (first + m >= 0 && first + m < functions.Terms) AddOne<T>(own + m * columns, values[m * Inputs], y);
            if (hasBase) AddOne<T>(last, b, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Five<T>(float* own, float* last, float* y, float p, float q, float s, float t, float b) where T : struct, ILanes<T>
    {
        var even = T.MultiplyAdd(T.Of(p), T.Load(own), T.Load(y));
        var odd = T.Of(q) * T.Load(own + columns);
        even = T.MultiplyAdd(T.Of(s), T.Load(own + 2 * columns), even);
        odd = T.MultiplyAdd(T.Of(t), T.Load(own + 3 * columns), odd);
        if (hasBase) even = T.MultiplyAdd(T.Of(b), T.Load(last), even);
        (even + odd).Store(y);
    }

    void AddOne<T>(float* w, float factor, float* y) where T : struct, ILanes<T>
    {
        var c = 0;
        for (; c <= columns - T.Count; c += T.Count) T.MultiplyAdd(T.Of(factor), T.Load(w + c), T.Load(y + c)).Store(y + c);
        for (; c < columns; c++) y[c] = MathF.FusedMultiplyAdd(factor, w[c], y[c]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddAll<T>(float* w, float* values, float* y, int count) where T : struct, ILanes<T>
    {
        var r = 0;
        for (; r <= count - Together; r += Together)
        {
            float* a = values + r * computed * Inputs, b = a + computed * Inputs, d = b + computed * Inputs, e = d + computed * Inputs;
            var to = y + r * columns;
            var c = 0;
            for (; c <= columns - T.Count; c += T.Count) Four<T>(w + c, a, b, d, e, to + c);
            for (; c < columns; c++) Four<Lanes1>(w + c, a, b, d, e, to + c);
        }
        for (; r < count; r++)
            for (var m = 0; m < computed; m++) AddOne<T>(w + m * columns, values[(r * computed + m) * Inputs], y + r * columns);
    }

    // Four rows share what is loaded of the weights.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Four<T>(float* w, float* a, float* b, float* d, float* e, float* y) where T : struct, ILanes<T>
    {
        T p = T.Load(y), q = T.Load(y + columns), s = T.Load(y + 2 * columns), t = T.Load(y + 3 * columns);
        for (var m = 0; m < computed; m++, w += columns)
        {
            var weight = T.Load(w);
            p = T.MultiplyAdd(T.Of(a[m * Inputs]), weight, p);
            q = T.MultiplyAdd(T.Of(b[m * Inputs]), weight, q);
            s = T.MultiplyAdd(T.Of(d[m * Inputs]), weight, s);
            t = T.MultiplyAdd(T.Of(e[m * Inputs]), weight, t);
        }
        p.Store(y);
        q.Store(y + columns);
        s.Store(y + 2 * columns);
        t.Store(y + 3 * columns);
    }

    void Store(float* from, long at, int count)
    {
        if (Storage == Storage.Float32) new ReadOnlySpan<float>(from, count).CopyTo(new((float*)Y + at, count));
        else Storages.Store(Storage, new(from, count), (ushort*)Y + at);
    }

    public void Dispose() => functions.Dispose();
}
