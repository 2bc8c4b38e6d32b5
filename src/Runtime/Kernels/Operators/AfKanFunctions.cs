using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>The functions of single numbers of a layer of AF-KAN, summed over all of them.</summary>
sealed unsafe class AfKanFunctions
{
    public const int Factors = 6;

    // Ends so near to zero that exponentials of them are neither too large nor too small, and numbers beyond which SiLU is a line.
    const float Near = 20, Far = 60;

    readonly float[] factors;
    readonly AfKanActivation activation;
    readonly float* low, high, score;
    readonly int count;

    // exp(low), and exp(-high) behind them.
    readonly float[] exponentials;
    readonly bool isNear = true, isProduct;

    public AfKanFunctions(float[] factors, AfKanActivation activation, float* grid, int count)
    {
        (this.factors, this.activation, this.count) = (factors, activation, count);
        low = grid;
        high = low + count;
        score = high + count;
        isProduct = factors[0] == 0 && factors[2] == 0 && factors[3] == 0;
        exponentials = new float[2 * count];
        for (var m = 0; m < count; m++)
        {
            isNear &= Math.Abs(low[m]) <= Near && Math.Abs(high[m]) <= Near;
            (exponentials[m], exponentials[count + m]) = (MathF.Exp(low[m]), MathF.Exp(-high[m]));
        }
    }

    /// <summary>Sums of the functions of every number, and sums times their scores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Sum<T>(float* x, int length, float* sums, float* scores) where T : struct, ILanes<T>
    {
        fixed (float* e = exponentials)
        {
            var i = 0;
            for (; i <= length - T.Count; i += T.Count) Some<T>(x + i, e, sums + i, scores + i);
            for (; i < length; i++) Some<Lanes1>(x + i, e, sums + i, scores + i);
        }
    }

    /// <summary>The activation of every number, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Bend<T>(float* x, int length) where T : struct, ILanes<T>
    {
        var i = 0;
        for (; i <= length - T.Count; i += T.Count) Bent(T.Load(x + i)).Store(x + i);
        for (; i < length; i++) Bent(Lanes1.Load(x + i)).Store(x + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Some<T>(float* x, float* e, float* sums, float* scores) where T : struct, ILanes<T>
    {
        T v = T.Load(x), sum = T.Of(0), scored = sum;
        if (isNear && activation == AfKanActivation.Silu)
        {
            // exp(low - x) = exp(low)·exp(-x), so that two exponentials serve all functions, and one division both activations of each.
            var inside = T.Min(T.Of(Far), T.Max(T.Of(-Far), v));
            T down = Exponential.Of(T.Of(0) - inside), up = Exponential.Of(inside);
            for (var m = 0; m < count; m++)
            {
                T p = T.MultiplyAdd(down, T.Of(e[m]), T.Of(1)), q = T.MultiplyAdd(up, T.Of(e[count + m]), T.Of(1));
                var reciprocal = T.Of(1) / (p * q);
                T past = v - T.Of(low[m]), ahead = T.Of(high[m]) - v;
                var phi = isProduct ? OfProduct(past * ahead * reciprocal) : Of(past * (q * reciprocal), ahead * (p * reciprocal));
                sum += phi;
                scored = T.MultiplyAdd(phi, T.Of(score[m]), scored);
            }
        }
        else
        {
            for (var m = 0; m < count; m++)
            {
                var phi = Of(Bent(v - T.Of(low[m])), Bent(T.Of(high[m]) - v));
                sum += phi;
                scored = T.MultiplyAdd(phi, T.Of(score[m]), scored);
            }
        }
        sum.Store(sums);
        scored.Store(scores);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    T Of<T>(T a, T c) where T : struct, ILanes<T>
    {
        var product = OfProduct(a * c);
        if (isProduct) return product;
        T sum = a + c, squares = a * a + c * c;
        return product + sum * (squares * T.Of(factors[3]) + T.Of(factors[0])) + squares * T.Of(factors[2]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    T OfProduct<T>(T product) where T : struct, ILanes<T> => product * (product * (product * T.Of(factors[5]) + T.Of(factors[4])) + T.Of(factors[1]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    T Bent<T>(T x) where T : struct, ILanes<T> => activation switch
    {
        AfKanActivation.Silu => x * Sigmoid(x),
        AfKanActivation.Relu => T.IfAtMost(x, T.Of(0), T.Of(0), x),
        AfKanActivation.Sigmoid => Sigmoid(x),
        _ => T.Of(2) * Sigmoid(x + x) - T.Of(1),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Sigmoid<T>(T x) where T : struct, ILanes<T> => T.Of(1) / (T.Of(1) + Exponential.Of(T.Of(0) - x));
}
