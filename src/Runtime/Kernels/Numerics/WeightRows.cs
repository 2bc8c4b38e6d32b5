using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Onnxc.Kernels.Numerics;

/// <summary>Some rows of a matrix at a time, which lie apart: their sum with factors, and their products with a vector.</summary>
static unsafe class WeightRows
{
    // Streams of memory that are read at once: fewer leave it idle, more do not fit into registers.
    const int AtOnce = 8, Half = 4;

    // Floats of a line of a cache.
    const int Line = 16;

    /// <summary>
    /// y += Σ factors[i] · row places[i], over <paramref name="length"/> columns. Each element is added up in the order of the rows, so that the
    /// result depends on nothing else.
    /// </summary>
    public static void Add(float* y, int length, float* weights, long stride, int* places, float* factors, int count)
    {
        if (Width.Is512) Add<Lanes512>(y, length, weights, stride, places, factors, count);
        else if (Width.Is256) Add<Lanes256>(y, length, weights, stride, places, factors, count);
        else if (Width.Is128) Add<Lanes128>(y, length, weights, stride, places, factors, count);
        else Add<Lanes1>(y, length, weights, stride, places, factors, count);
    }

    static void Add<T>(float* y, int length, float* weights, long stride, int* places, float* factors, int count) where T : struct, ILanes<T>
    {
        var i = 0;
        for (; i <= count - AtOnce; i += AtOnce)
        {
            Fetch(weights, stride, places, i + AtOnce, Math.Min(i + 2 * AtOnce, count));
            AddEight<T>(y, length, weights, stride, places + i, factors + i);
        }
        if (i <= count - Half)
        {
            AddFour<T>(y, length, weights, stride, places + i, factors + i);
            i += Half;
        }
        for (; i < count; i++) AddOne<T>(y, length, weights + places[i] * stride, factors[i]);
    }

    // Where rows begin is known ahead to nobody else: what follows, the processor fetches by itself.
    static void Fetch(float* weights, long stride, int* places, int first, int end)
    {
        if (!Sse.IsSupported) return;
        for (var i = first; i < end; i++)
        {
            Sse.Prefetch0(weights + places[i] * stride);
            Sse.Prefetch0(weights + places[i] * stride + Line);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddEight<T>(float* y, int length, float* weights, long stride, int* places, float* factors) where T : struct, ILanes<T>
    {
        float* w0 = weights + places[0] * stride, w1 = weights + places[1] * stride, w2 = weights + places[2] * stride, w3 = weights + places[3] * stride;
        float* w4 = weights + places[4] * stride, w5 = weights + places[5] * stride, w6 = weights + places[6] * stride, w7 = weights + places[7] * stride;
        T f0 = T.Of(factors[0]), f1 = T.Of(factors[1]), f2 = T.Of(factors[2]), f3 = T.Of(factors[3]);
        T f4 = T.Of(factors[4]), f5 = T.Of(factors[5]), f6 = T.Of(factors[6]), f7 = T.Of(factors[7]);
        var i = 0;
        for (; i <= length - T.Count; i += T.Count)
        {
            var sum = T.MultiplyAdd(f0, T.Load(w0 + i), T.Load(y + i));
            sum = T.MultiplyAdd(f1, T.Load(w1 + i), sum);
            sum = T.MultiplyAdd(f2, T.Load(w2 + i), sum);
            sum = T.MultiplyAdd(f3, T.Load(w3 + i), sum);
            sum = T.MultiplyAdd(f4, T.Load(w4 + i), sum);
            sum = T.MultiplyAdd(f5, T.Load(w5 + i), sum);
            sum = T.MultiplyAdd(f6, T.Load(w6 + i), sum);
            T.MultiplyAdd(f7, T.Load(w7 + i), sum).Store(y + i);
        }
        for (; i < length; i++)
            for (var row = 0; row < AtOnce; row++) y[i] = MathF.FusedMultiplyAdd(factors[row], weights[places[row] * stride + i], y[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddFour<T>(float* y, int length, float* weights, long stride, int* places, float* factors) where T : struct, ILanes<T>
    {
        float* w0 = weights + places[0] * stride, w1 = weights + places[1] * stride, w2 = weights + places[2] * stride, w3 = weights + places[3] * stride;
        T f0 = T.Of(factors[0]), f1 = T.Of(factors[1]), f2 = T.Of(factors[2]), f3 = T.Of(factors[3]);
        var i = 0;
        for (; i <= length - T.Count; i += T.Count)
        {
            var sum = T.MultiplyAdd(f0, T.Load(w0 + i), T.Load(y + i));
            sum = T.MultiplyAdd(f1, T.Load(w1 + i), sum);
            sum = T.MultiplyAdd(f2, T.Load(w2 + i), sum);
            T.MultiplyAdd(f3, T.Load(w3 + i), sum).Store(y + i);
        }
        for (; i < length; i++)
            for (var row = 0; row < Half; row++) y[i] = MathF.FusedMultiplyAdd(factors[row], weights[places[row] * stride + i], y[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddOne<T>(float* y, int length, float* weights, float factor) where T : struct, ILanes<T>
    {
        var f = T.Of(factor);
        var i = 0;
        for (; i <= length - T.Count; i += T.Count) T.MultiplyAdd(f, T.Load(weights + i), T.Load(y + i)).Store(y + i);
        for (; i < length; i++) y[i] = MathF.FusedMultiplyAdd(factor, weights[i], y[i]);
    }

    /// <summary>products[i] = x · row places[i]. Each is added up by itself, so that the result does not depend on its neighbours.</summary>
    public static void Multiply(float* x, int length, float* weights, long stride, int* places, float* products, int count)
    {
        if (Width.Is512) Multiply<Lanes512>(x, length, weights, stride, places, products, count);
        else if (Width.Is256) Multiply<Lanes256>(x, length, weights, stride, places, products, count);
        else if (Width.Is128) Multiply<Lanes128>(x, length, weights, stride, places, products, count);
        else Multiply<Lanes1>(x, length, weights, stride, places, products, count);
    }

    static void Multiply<T>(float* x, int length, float* weights, long stride, int* places, float* products, int count) where T : struct, ILanes<T>
    {
        var results = stackalloc float[Half];
        for (var i = 0; i < count; i += Half)
        {
            // Rows beyond the last one count for nothing; any will do.
            Fetch(weights, stride, places, i + Half, Math.Min(i + 2 * Half, count));
            int last = count - 1, second = Math.Min(i + 1, last), third = Math.Min(i + 2, last), fourth = Math.Min(i + 3, last);
            MultiplyFour<T>(x, length, weights + places[i] * stride, weights + places[second] * stride, weights + places[third] * stride, weights + places[fourth] * stride, results);
            for (var row = 0; row < Math.Min(Half, count - i); row++) products[i + row] = results[row];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MultiplyFour<T>(float* x, int length, float* w0, float* w1, float* w2, float* w3, float* results) where T : struct, ILanes<T>
    {
        T a = T.Of(0), b = a, c = a, d = a;
        var i = 0;
        for (; i <= length - T.Count; i += T.Count)
        {
            var v = T.Load(x + i);
            a = T.MultiplyAdd(v, T.Load(w0 + i), a);
            b = T.MultiplyAdd(v, T.Load(w1 + i), b);
            c = T.MultiplyAdd(v, T.Load(w2 + i), c);
            d = T.MultiplyAdd(v, T.Load(w3 + i), d);
        }
        (results[0], results[1], results[2], results[3]) = (T.Sum(a), T.Sum(b), T.Sum(c), T.Sum(d));
        for (; i < length; i++)
            (results[0], results[1], results[2], results[3]) = (results[0] + x[i] * w0[i], results[1] + x[i] * w1[i], results[2] + x[i] * w2[i], results[3] + x[i] * w3[i]);
    }
}
