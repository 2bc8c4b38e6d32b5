using System.Runtime.CompilerServices;

namespace Onnxc.Kernels.Numerics;

/// <summary>
/// Some rows times a matrix, added to what is there. Four rows and two vectors of columns stay in registers, so that what is loaded is used several times.
/// </summary>
/// <param name="Stride">Numbers from one row of the factors to the next.</param>
/// <param name="Groups">The factors of a row: so many times <paramref name="Depth"/>, the first of each group side by side.</param>
/// <param name="Step">From one factor of a group to the next.</param>
/// <param name="Columns">Of the matrix, whose rows are in the order of groups.</param>
readonly unsafe record struct RowProduct(int Stride, int Groups, int Depth, int Step, int Columns)
{
    const int Together = 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add<T>(float* factors, int rows, float* matrix, float* y) where T : struct, ILanes<T>
    {
        var r = 0;
        for (; r <= rows - Together; r += Together)
        {
            float* own = factors + r * Stride, to = y + r * Columns;
            var c = 0;
            for (; c <= Columns - 2 * T.Count; c += 2 * T.Count) Wide<T>(own, matrix + c, to + c);
            for (; c <= Columns - T.Count; c += T.Count) Narrow<T>(own, matrix + c, to + c);
            for (; c < Columns; c++) Narrow<Lanes1>(own, matrix + c, to + c);
        }
        for (; r < rows; r++) One<T>(factors + r * Stride, matrix, y + r * Columns);
    }

    void Wide<T>(float* a, float* w, float* y) where T : struct, ILanes<T>
    {
        float* b = a + Stride, d = b + Stride, e = d + Stride;
        float* yb = y + Columns, yd = yb + Columns, ye = yd + Columns;
        T a0 = T.Load(y), a1 = T.Load(y + T.Count), b0 = T.Load(yb), b1 = T.Load(yb + T.Count);
        T d0 = T.Load(yd), d1 = T.Load(yd + T.Count), e0 = T.Load(ye), e1 = T.Load(ye + T.Count);
        for (var g = 0; g < Groups; g++)
        {
            for (int m = 0, at = g; m < Depth; m++, at += Step, w += Columns)
            {
                T left = T.Load(w), right = T.Load(w + T.Count);
                var factor = T.Of(a[at]);
                a0 = T.MultiplyAdd(factor, left, a0);
                a1 = T.MultiplyAdd(factor, right, a1);
                factor = T.Of(b[at]);
                b0 = T.MultiplyAdd(factor, left, b0);
                b1 = T.MultiplyAdd(factor, right, b1);
                factor = T.Of(d[at]);
                d0 = T.MultiplyAdd(factor, left, d0);
                d1 = T.MultiplyAdd(factor, right, d1);
                factor = T.Of(e[at]);
                e0 = T.MultiplyAdd(factor, left, e0);
                e1 = T.MultiplyAdd(factor, right, e1);
            }
        }
        a0.Store(y);
        a1.Store(y + T.Count);
        b0.Store(yb);
        b1.Store(yb + T.Count);
        d0.Store(yd);
        d1.Store(yd + T.Count);
        e0.Store(ye);
        e1.Store(ye + T.Count);
    }

    void Narrow<T>(float* a, float* w, float* y) where T : struct, ILanes<T>
    {
        float* b = a + Stride, d = b + Stride, e = d + Stride;
        T p = T.Load(y), q = T.Load(y + Columns), s = T.Load(y + 2 * Columns), t = T.Load(y + 3 * Columns);
        for (var g = 0; g < Groups; g++)
        {
            for (int m = 0, at = g; m < Depth; m++, at += Step, w += Columns)
            {
                var weight = T.Load(w);
                p = T.MultiplyAdd(T.Of(a[at]), weight, p);
                q = T.MultiplyAdd(T.Of(b[at]), weight, q);
                s = T.MultiplyAdd(T.Of(d[at]), weight, s);
                t = T.MultiplyAdd(T.Of(e[at]), weight, t);
            }
        }
        p.Store(y);
        q.Store(y + Columns);
        s.Store(y + 2 * Columns);
        t.Store(y + 3 * Columns);
    }

    void One<T>(float* a, float* w, float* y) where T : struct, ILanes<T>
    {
        for (var g = 0; g < Groups; g++)
        {
            for (int m = 0, at = g; m < Depth; m++, at += Step, w += Columns)
            {
                var c = 0;
                for (; c <= Columns - T.Count; c += T.Count) T.MultiplyAdd(T.Of(a[at]), T.Load(w + c), T.Load(y + c)).Store(y + c);
                for (; c < Columns; c++) y[c] = MathF.FusedMultiplyAdd(a[at], w[c], y[c]);
            }
        }
    }
}
