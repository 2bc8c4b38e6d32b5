using System.Runtime.CompilerServices;

namespace Onnxc.Kernels.Numerics;

/// <summary>Sums over a row: float32 within a block, double across blocks, so that the error does not grow with the row.</summary>
static unsafe class Sums
{
    const int Block = 4096;

    public static double Of(float* x, int length) => Of(new Itself(), x, length);

    public static double Of<TMap>(TMap map, float* x, int length) where TMap : struct, IMap
    {
        var sum = 0d;
        for (var done = 0; done < length; done += Block)
        {
            var count = Math.Min(Block, length - done);
            sum += Width.Is512 ? OfBlock<TMap, Lanes512>(map, x + done, count)
                : Width.Is256 ? OfBlock<TMap, Lanes256>(map, x + done, count)
                : Width.Is128 ? OfBlock<TMap, Lanes128>(map, x + done, count)
                : OfBlock<TMap, Lanes1>(map, x + done, count);
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static double OfBlock<TMap, T>(TMap map, float* x, int length) where TMap : struct, IMap where T : struct, ILanes<T>
    {
        // Four sums, as an addition takes four cycles to arrive.
        T a = T.Of(0), b = a, c = a, d = a;
        var i = 0;
        for (; i <= length - 4 * T.Count; i += 4 * T.Count)
        {
            a += map.Apply(T.Load(x + i));
            b += map.Apply(T.Load(x + i + T.Count));
            c += map.Apply(T.Load(x + i + 2 * T.Count));
            d += map.Apply(T.Load(x + i + 3 * T.Count));
        }
        for (; i <= length - T.Count; i += T.Count) a += map.Apply(T.Load(x + i));
        double rest = T.Sum(a + b + (c + d));
        for (; i < length; i++) rest += Lanes1.Sum(map.Apply(Lanes1.Load(x + i)));
        return rest;
    }

    readonly struct Itself : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => x;
    }
}
