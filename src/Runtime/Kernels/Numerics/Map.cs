using System.Runtime.CompilerServices;

namespace Onnxc.Kernels.Numerics;

/// <summary>Applies a function to every element, at the width of the processor.</summary>
static unsafe class Map
{
    public static void Run<TMap>(in TMap map, ReadOnlySpan<float> x, Span<float> y, bool stream) where TMap : struct, IMap
    {
        fixed (float* from = x, to = y)
        {
            if (Width.Is512) Run<TMap, Lanes512>(in map, from, to, x.Length, stream);
            else if (Width.Is256) Run<TMap, Lanes256>(in map, from, to, x.Length, stream);
            else if (Width.Is128) Run<TMap, Lanes128>(in map, from, to, x.Length, stream);
            else Run<TMap, Lanes1>(in map, from, to, x.Length, stream);
        }
    }

    // Two vectors at a time, so that tables are loaded once for both. By reference: parameters of the function stay in memory, from where instructions spread them over all lanes for nothing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<TMap, T>(in TMap map, float* x, float* y, int length, bool stream)
        where TMap : struct, IMap where T : struct, ILanes<T>
    {
        var i = 0;
        if (stream)
        {
            for (; i < length && (nint)(y + i) % (T.Count * sizeof(float)) != 0; i++) map.Apply(Lanes1.Load(x + i)).Store(y + i);
            for (; i <= length - 2 * T.Count; i += 2 * T.Count)
            {
                T first = map.Apply(T.Load(x + i)), second = map.Apply(T.Load(x + i + T.Count));
                first.StoreStreaming(y + i);
                second.StoreStreaming(y + i + T.Count);
            }
        }
        else
        {
            for (; i <= length - 2 * T.Count; i += 2 * T.Count)
            {
                T first = map.Apply(T.Load(x + i)), second = map.Apply(T.Load(x + i + T.Count));
                first.Store(y + i);
                second.Store(y + i + T.Count);
            }
        }
        for (; i <= length - T.Count; i += T.Count) map.Apply(T.Load(x + i)).Store(y + i);
        for (; i < length; i++) map.Apply(Lanes1.Load(x + i)).Store(y + i);
    }
}
