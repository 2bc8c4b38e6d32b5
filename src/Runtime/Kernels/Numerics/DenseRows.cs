using System.Runtime.CompilerServices;

namespace Onnxc.Kernels.Numerics;

/// <summary>Products of several rows with all rows of a matrix: what a weight that was read is multiplied by, as long as it is in a register.</summary>
static unsafe class DenseRows
{
    /// <summary>Rows that share what is read.</summary>
    public const int Rows = 4;

    /// <summary>
    /// y += x · weights, added up in the order of terms, for up to <see cref="Rows"/> rows of x, [rows, terms], and weights [terms, width]; each of the three has a pitch of its own.
    /// </summary>
    public static void Add(float* x, long xPitch, int rows, float* weights, long pitch, int terms, int width, float* y, long yPitch)
    {
        if (Width.Is512) Add<Lanes512>(x, xPitch, rows, weights, pitch, terms, width, y, yPitch);
        else if (Width.Is256) Add<Lanes256>(x, xPitch, rows, weights, pitch, terms, width, y, yPitch);
        else if (Width.Is128) Add<Lanes128>(x, xPitch, rows, weights, pitch, terms, width, y, yPitch);
        else Add<Lanes1>(x, xPitch, rows, weights, pitch, terms, width, y, yPitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Add<T>(float* x, long xPitch, int rows, float* weights, long pitch, int terms, int width, float* y, long yPitch) where T : struct, ILanes<T>
    {
        // Rows beyond the last one are computed like it, and stored in its place.
        float* x1 = x + Math.Min(1, rows - 1) * xPitch, x2 = x + Math.Min(2, rows - 1) * xPitch, x3 = x + Math.Min(3, rows - 1) * xPitch;
        var i = 0;
        for (; i <= width - 2 * T.Count; i += 2 * T.Count)
        {
            float* y0 = y + i, y1 = y0 + Math.Min(1, rows - 1) * yPitch, y2 = y0 + Math.Min(2, rows - 1) * yPitch, y3 = y0 + Math.Min(3, rows - 1) * yPitch, w = weights + i;
            T a = T.Load(y0), b = T.Load(y0 + T.Count), c = T.Load(y1), d = T.Load(y1 + T.Count);
            T e = T.Load(y2), f = T.Load(y2 + T.Count), g = T.Load(y3), h = T.Load(y3 + T.Count);
            for (var k = 0; k < terms; k++, w += pitch)
            {
                T p = T.Load(w), q = T.Load(w + T.Count);
                var v = T.Of(x[k]);
                a = T.MultiplyAdd(v, p, a);
                b = T.MultiplyAdd(v, q, b);
                v = T.Of(x1[k]);
                c = T.MultiplyAdd(v, p, c);
                d = T.MultiplyAdd(v, q, d);
                v = T.Of(x2[k]);
                e = T.MultiplyAdd(v, p, e);
                f = T.MultiplyAdd(v, q, f);
                v = T.Of(x3[k]);
                g = T.MultiplyAdd(v, p, g);
                h = T.MultiplyAdd(v, q, h);
            }
            Put(a, b, y0);
            Put(c, d, y1);
            Put(e, f, y2);
            Put(g, h, y3);
        }
        for (; i < width; i++)
            for (var row = 0; row < rows; row++)
            {
                var sum = y[row * yPitch + i];
                for (var k = 0; k < terms; k++) sum = MathF.FusedMultiplyAdd(x[row * xPitch + k], weights[k * pitch + i], sum);
                y[row * yPitch + i] = sum;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Put<T>(T first, T second, float* y) where T : struct, ILanes<T>
    {
        first.Store(y);
        second.Store(y + T.Count);
    }
}
