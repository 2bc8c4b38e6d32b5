using System.Runtime.CompilerServices;

namespace Onnxc.Kernels.Numerics;

/// <summary><c>(x - mean)/√(variance + ε)·scale + shift</c> over a row.</summary>
static unsafe class RowNormalization
{
    /// <summary><paramref name="z"/> may be <paramref name="x"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<T>(float* x, float* z, int length, float* scale, float* shift, float epsilon) where T : struct, ILanes<T>
    {
        var mean = (float)(Sums.Of(x, length) / length);
        var factor = (float)(1 / Math.Sqrt(Sums.Of(new SquaredDistance(mean), x, length) / length + epsilon));
        var i = 0;
        for (; i <= length - T.Count; i += T.Count) One<T>(x + i, z + i, mean, factor, scale + i, shift + i);
        for (; i < length; i++) One<Lanes1>(x + i, z + i, mean, factor, scale + i, shift + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void One<T>(float* x, float* z, float mean, float factor, float* scale, float* shift) where T : struct, ILanes<T> =>
        ((T.Load(x) - T.Of(mean)) * T.Of(factor) * T.Load(scale) + T.Load(shift)).Store(z);

    readonly struct SquaredDistance(float mean) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            var distance = x - T.Of(mean);
            return distance * distance;
        }
    }
}
