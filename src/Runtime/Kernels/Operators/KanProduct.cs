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
    // Rows of a task, and inputs whose functions are computed at once: few enough for all that to stay in the nearest cache.
    const int Rows = 32, Inputs = 16;
    const int Line = 64;

    // Rows of zeros before and behind the weights of local functions of an input, and rows of the product from which on those are laid so.
    const int Around = KanFunctions.LocalTerms - 1, LeastPacked = 16;

    readonly int inputs = functions.Inputs, terms = functions.Terms + (hasBase ? 1 : 0), computed = functions.Computed + (hasBase ? 1 : 0);

    readonly int packedRows = functions.Terms + 2 * Around + (hasBase ? 1 : 0);
    float* packed;

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

    /// <summary>Lays weights as the product wants them, where that pays; before any task.</summary>
    public void Prepare()
    {
        if (!functions.IsLocal || rows < LeastPacked) return;
        var (all, own) = ((long)packedRows * columns, functions.Terms * columns);
        packed = (float*)NativeMemory.AlignedAlloc((nuint)(inputs * all * sizeof(float)), Line);
        for (var i = 0; i < inputs; i++)
        {
            var from = new ReadOnlySpan<float>(Weights + (long)i * terms * columns, terms * columns);
            var to = new Span<float>(packed + i * all, (int)all);
            to.Clear();
            from[..own].CopyTo(to[(Around * columns)..]);
            from[own..].CopyTo(to[(own + 2 * Around * columns)..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Compute<T>(int task) where T : struct, ILanes<T>
    {
        var (begin, count) = ((long)task * Rows, (int)Math.Min(Rows, rows - (long)task * Rows));
        var normal = Scale is null ? 0 : count * inputs;
        // Whole lines of the cache: vectors that lie across two take twice as long.
        var room = (float*)NativeMemory.AlignedAlloc((nuint)(normal + Inputs + count * columns + count * Inputs * (computed + 1)) * sizeof(float), Line);
        var z = room;
        var y = z + (normal + Inputs - 1) / Inputs * Inputs;
        var values = y + count * columns;
        var cells = values + count * Inputs * computed;
        var product = new RowProduct(Inputs * computed, Inputs, computed, Inputs, columns);
        try
        {
            for (var r = 0; r < count; r++)
            {
                new ReadOnlySpan<float>(Bias, columns).CopyTo(new(y + r * columns, columns));
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
                    if (hasBase) Silu<T>(x, own + functions.Computed * Inputs, some);
                }
                if (!functions.IsLocal)
                {
                    (product with { Groups = some }).Add<T>(values, count, Weights + (long)at * terms * columns, y);
                    continue;
                }
                for (var i = 0; i < some; i++)
                {
                    var w = Weights + (long)(at + i) * terms * columns;
                    if (packed is not null) AddLocal<T>(packed + (long)(at + i) * packedRows * columns, values + i, cells + i, y, count);
                    else AddFew<T>(w, values + i, cells + i, y, count);
                }
            }
            Store(y, begin * columns, count * columns);
        }
        finally
        {
            NativeMemory.AlignedFree(room);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Silu<T>(float* x, float* y, int count) where T : struct, ILanes<T>
    {
        var i = 0;
        for (; i <= count - T.Count; i += T.Count) Of(T.Load(x + i)).Store(y + i);
        for (; i < count; i++) Of(Lanes1.Load(x + i)).Store(y + i);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => x / (TLanes.Of(1) + TLanes.Exp(TLanes.Of(0) - x));
    }

    // Numbers beyond the grid take weights of zero from the rows around, so that no branch has to be foretold.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddLocal<T>(float* w, float* values, float* cells, float* y, int count) where T : struct, ILanes<T>
    {
        var (width, stride) = (columns, computed * Inputs);
        // Without a base its value is 0, and some weight stands for its weight.
        var last = w + (packedRows - 1) * width;
        var (silu, at) = hasBase ? (1f, KanFunctions.LocalTerms * Inputs) : (0f, 0);
        for (var r = 0; r < count; r++, values += stride, cells += Inputs, y += width)
        {
            float* w0 = w + (int)*cells * width, w1 = w0 + width, w2 = w1 + width, w3 = w2 + width;
            T p = T.Of(values[0]), q = T.Of(values[Inputs]), s = T.Of(values[2 * Inputs]), t = T.Of(values[3 * Inputs]), u = T.Of(silu * values[at]);
            var c = 0;
            for (; c <= width - T.Count; c += T.Count)
            {
                var even = T.MultiplyAdd(p, T.Load(w0 + c), T.Load(y + c));
                var odd = q * T.Load(w1 + c);
                even = T.MultiplyAdd(s, T.Load(w2 + c), even);
                odd = T.MultiplyAdd(t, T.Load(w3 + c), odd);
                (T.MultiplyAdd(u, T.Load(last + c), even) + odd).Store(y + c);
            }
            for (; c < width; c++)
                y[c] += values[0] * w0[c] + values[Inputs] * w1[c] + (values[2 * Inputs] * w2[c] + values[3 * Inputs] * w3[c]) + silu * values[at] * last[c];
        }
    }

    // A few rows, for which packing does not pay: at the ends of the grid some of the four functions do not exist.
    void AddFew<T>(float* w, float* values, float* cells, float* y, int count) where T : struct, ILanes<T>
    {
        for (var r = 0; r < count; r++, values += computed * Inputs, cells += Inputs, y += columns)
        {
            var first = (int)*cells - Around;
            for (var m = 0; m < KanFunctions.LocalTerms; m++)
                if (first + m >= 0 && first + m < functions.Terms) AddOne<T>(w + (first + m) * columns, values[m * Inputs], y);
            if (hasBase) AddOne<T>(w + (terms - 1) * columns, values[KanFunctions.LocalTerms * Inputs], y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddOne<T>(float* w, float factor, float* y) where T : struct, ILanes<T>
    {
        var c = 0;
        for (; c <= columns - T.Count; c += T.Count) T.MultiplyAdd(T.Of(factor), T.Load(w + c), T.Load(y + c)).Store(y + c);
        for (; c < columns; c++) y[c] = MathF.FusedMultiplyAdd(factor, w[c], y[c]);
    }

    void Store(float* from, long at, int count)
    {
        if (Storage == Storage.Float32) new ReadOnlySpan<float>(from, count).CopyTo(new((float*)Y + at, count));
        else Storages.Store(Storage, new(from, count), (ushort*)Y + at);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(packed);
        functions.Dispose();
    }
}
