using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>The kernel of a function of every element by itself.</summary>
sealed class Elementwise<TMap>(TMap map) : Kernel where TMap : struct, IMap
{
    readonly TMap map = map;

    public override void Compute(long offset, ReadOnlySpan<float> x, Span<float> y, bool stream) => Map.Run(in map, x, y, stream);
}
