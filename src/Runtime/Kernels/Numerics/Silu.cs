using System.Runtime.CompilerServices;

namespace Onnxc.Kernels.Numerics;

/// <summary><c>x·sigmoid(x)</c>, which layers of Kolmogorov-Arnold networks add to their functions.</summary>
static unsafe class Silu
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<T>(float* x, float* y, int count) where T : struct, ILanes<T>
    {
        var i = 0;
        for (; i <= count - T.Count; i += T.Count) Of(T.Load(x + i)).Store(y + i);
        for (; i < count; i++) Of(Lanes1.Load(x + i)).Store(y + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Of<T>(T x) where T : struct, ILanes<T> => x / (T.Of(1) + Exponential.Of(T.Of(0) - x));
}
