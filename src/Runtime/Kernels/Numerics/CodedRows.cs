using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Onnxc.Kernels.Numerics;

/// <summary>Some rows of a matrix of codes at a time: their sum with factors, and their products with a vector. Codes become numbers in registers.</summary>
static unsafe class CodedRows
{
    // Bytes that are fetched ahead, where more rows are read in turns than the processor follows by itself.
    const int Ahead = 256;

    // Rows whose products are computed at once, and vectors of a sum.
    const int Half = 4;

    /// <summary>
    /// y += scales · Σ factors[i] · (row places[i] - zeros), over <paramref name="length"/> columns. <paramref name="zeros"/> may be null: then it is
    /// <paramref name="zero"/> everywhere.
    /// </summary>
    public static void Add<TCodes>(float* y, int length, byte* codes, long rowBytes, int* places, float* factors, int count, float* scales, float* zeros, float zero)
        where TCodes : struct, ICodes
    {
        if (Width.Is512) Add<Lanes512, TCodes>(y, length, codes, rowBytes, places, factors, count, scales, zeros, zero);
        else if (Width.Is256) Add<Lanes256, TCodes>(y, length, codes, rowBytes, places, factors, count, scales, zeros, zero);
        else if (Width.Is128) Add<Lanes128, TCodes>(y, length, codes, rowBytes, places, factors, count, scales, zeros, zero);
        else Add<Lanes1, TCodes>(y, length, codes, rowBytes, places, factors, count, scales, zeros, zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Add<T, TCodes>(float* y, int length, byte* codes, long rowBytes, int* places, float* factors, int count, float* scales, float* zeros, float zero)
        where T : struct, ILanes<T> where TCodes : struct, ICodes
    {
        var total = 0f;
        for (var row = 0; row < count; row++) total -= factors[row];
        var (pairBytes, i) = (2 * T.Count * TCodes.Bits / 8, 0);
        for (; i <= length - 4 * T.Count; i += 4 * T.Count)
        {
            T a = T.Of(total * zero), b = a, c = a, d = a;
            if (zeros != null)
            {
                var all = T.Of(total);
                (a, b) = (all * T.Load(zeros + i), all * T.Load(zeros + i + T.Count));
                (c, d) = (all * T.Load(zeros + i + 2 * T.Count), all * T.Load(zeros + i + 3 * T.Count));
            }
            var from = codes + (long)i * TCodes.Bits / 8;
            for (var row = 0; row < count; row++)
            {
                var at = from + places[row] * rowBytes;
                if (Sse.IsSupported) Sse.Prefetch0(at + Ahead);
                var factor = T.Of(factors[row]);
                var (first, second) = TCodes.Load<T>(at);
                a = T.MultiplyAdd(factor, first, a);
                b = T.MultiplyAdd(factor, second, b);
                (first, second) = TCodes.Load<T>(at + pairBytes);
                c = T.MultiplyAdd(factor, first, c);
                d = T.MultiplyAdd(factor, second, d);
            }
            T.MultiplyAdd(a, T.Load(scales + i), T.Load(y + i)).Store(y + i);
            T.MultiplyAdd(b, T.Load(scales + i + T.Count), T.Load(y + i + T.Count)).Store(y + i + T.Count);
            T.MultiplyAdd(c, T.Load(scales + i + 2 * T.Count), T.Load(y + i + 2 * T.Count)).Store(y + i + 2 * T.Count);
            T.MultiplyAdd(d, T.Load(scales + i + 3 * T.Count), T.Load(y + i + 3 * T.Count)).Store(y + i + 3 * T.Count);
        }
        for (; i < length; i++)
        {
            var sum = total * (zeros == null ? zero : zeros[i]);
            for (var row = 0; row < count; row++) sum = MathF.FusedMultiplyAdd(factors[row], TCodes.At(codes + places[row] * rowBytes, i), sum);
            y[i] = MathF.FusedMultiplyAdd(sum, scales[i], y[i]);
        }
    }

    /// <summary>Lanes of the vectors that go over blocks of so many codes: two of them at once.</summary>
    public static int LanesFor(int block) =>
        Width.Is512 && block % (2 * Lanes512.Count) == 0 ? Lanes512.Count
        : Width.Is256 && block % (2 * Lanes256.Count) == 0 ? Lanes256.Count
        : Width.Is128 && block % (2 * Lanes128.Count) == 0 ? Lanes128.Count : 1;

    /// <summary>
    /// products[i] = x · row places[i], each row of blocks with a scale and a zero. <paramref name="sums"/>: for each block of x, the sums of what meets in each
    /// of the lanes of <see cref="LanesFor"/>.
    /// </summary>
    public static void Multiply<TCodes>(float* x, float* sums, byte* codes, int blocks, int block, float* scales, float* zeros, float zero, int* places, float* products, int count)
        where TCodes : struct, ICodes
    {
        switch (LanesFor(block))
        {
            case 16:
                Multiply<Lanes512, TCodes>(x, sums, codes, blocks, block, scales, zeros, zero, places, products, count);
                break;
            case 8:
                Multiply<Lanes256, TCodes>(x, sums, codes, blocks, block, scales, zeros, zero, places, products, count);
                break;
            case 4:
                Multiply<Lanes128, TCodes>(x, sums, codes, blocks, block, scales, zeros, zero, places, products, count);
                break;
            default:
                Multiply<Lanes1, TCodes>(x, sums, codes, blocks, block, scales, zeros, zero, places, products, count);
                break;
        }
    }

    static void Multiply<T, TCodes>(float* x, float* sums, byte* codes, int blocks, int block, float* scales, float* zeros, float zero, int* places, float* products, int count)
        where T : struct, ILanes<T> where TCodes : struct, ICodes
    {
        var results = stackalloc float[Half];
        var at = stackalloc int[2 * Half];
        for (var i = 0; i < count; i += Half)
        {
            // Rows beyond the last one count for nothing; any will do. Behind them those that come next.
            for (var row = 0; row < 2 * Half; row++) at[row] = places[Math.Min(i + row, count - 1)];
            MultiplyFour<T, TCodes>(x, sums, codes, blocks, block, scales, zeros, zero, at, results);
            for (var row = 0; row < Math.Min(Half, count - i); row++) products[i + row] = results[row];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MultiplyFour<T, TCodes>(float* x, float* sums, byte* codes, int blocks, int block, float* scales, float* zeros, float zero, int* at, float* results)
        where T : struct, ILanes<T> where TCodes : struct, ICodes
    {
        var (rowBytes, pairBytes) = ((long)blocks * block * TCodes.Bits / 8, 2 * T.Count * TCodes.Bits / 8);
        byte* w0 = codes + at[0] * rowBytes, w1 = codes + at[1] * rowBytes, w2 = codes + at[2] * rowBytes, w3 = codes + at[3] * rowBytes;
        long n0 = (at[4] - at[0]) * rowBytes, n1 = (at[5] - at[1]) * rowBytes, n2 = (at[6] - at[2]) * rowBytes, n3 = (at[7] - at[3]) * rowBytes;
        float* s0 = scales + (long)at[0] * blocks, s1 = scales + (long)at[1] * blocks, s2 = scales + (long)at[2] * blocks, s3 = scales + (long)at[3] * blocks;
        T a = T.Of(0), b = a, c = a, d = a, middle = T.Of(-zero);
        for (var n = 0; n < blocks; n++)
        {
            var sum = T.Load(sums + n * T.Count);
            T p = sum * middle, q = p, r = p, s = p;
            if (zeros != null)
            {
                var z = zeros + n;
                (p, q) = (sum * T.Of(-z[(long)at[0] * blocks]), sum * T.Of(-z[(long)at[1] * blocks]));
                (r, s) = (sum * T.Of(-z[(long)at[2] * blocks]), sum * T.Of(-z[(long)at[3] * blocks]));
            }
            for (var i = 0; i < block; i += 2 * T.Count, x += 2 * T.Count)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch1(w0 + n0);
                    Sse.Prefetch1(w1 + n1);
                    Sse.Prefetch1(w2 + n2);
                    Sse.Prefetch1(w3 + n3);
                }
                T u = T.Load(x), v = T.Load(x + T.Count);
                var (first, second) = TCodes.Load<T>(w0);
                p = T.MultiplyAdd(v, second, T.MultiplyAdd(u, first, p));
                (first, second) = TCodes.Load<T>(w1);
                q = T.MultiplyAdd(v, second, T.MultiplyAdd(u, first, q));
                (first, second) = TCodes.Load<T>(w2);
                r = T.MultiplyAdd(v, second, T.MultiplyAdd(u, first, r));
                (first, second) = TCodes.Load<T>(w3);
                s = T.MultiplyAdd(v, second, T.MultiplyAdd(u, first, s));
                w0 += pairBytes;
                w1 += pairBytes;
                w2 += pairBytes;
                w3 += pairBytes;
            }
            a = T.MultiplyAdd(p, T.Of(s0[n]), a);
            b = T.MultiplyAdd(q, T.Of(s1[n]), b);
            c = T.MultiplyAdd(r, T.Of(s2[n]), c);
            d = T.MultiplyAdd(s, T.Of(s3[n]), d);
        }
        (results[0], results[1], results[2], results[3]) = (T.Sum(a), T.Sum(b), T.Sum(c), T.Sum(d));
    }
}
