using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Passes.Fuse;

/// <summary>Reads floating-point tensors as doubles, which hold every value exactly, and rounds doubles to a storage type once.</summary>
static class FloatingTensor
{
    public static bool CanWrite(ElementType element) => element is ElementType.Float or ElementType.Double or ElementType.Float16;

    public static double[] Read(TensorData tensor) => tensor.Element switch
    {
        ElementType.Float => Array.ConvertAll(tensor.ToArray<float>(), v => (double)v),
        ElementType.Float16 => Array.ConvertAll(tensor.ToArray<Half>(), v => (double)v),
        _ => tensor.ToArray<double>(),
    };

    /// <summary>Null when a value is not finite in <paramref name="element"/>.</summary>
    public static TensorData? Write(ElementType element, ImmutableArray<long> dims, double[] values) => element switch
    {
        ElementType.Float => Finite(element, dims, Array.ConvertAll(values, v => (float)v), float.IsFinite),
        ElementType.Float16 => Finite(element, dims, Array.ConvertAll(values, v => (Half)v), Half.IsFinite),
        _ => Finite(element, dims, values, double.IsFinite),
    };

    static DenseTensor? Finite<T>(ElementType element, ImmutableArray<long> dims, T[] values, Predicate<T> isFinite) where T : unmanaged =>
        Array.TrueForAll(values, isFinite) ? new DenseTensor(element, dims, MemoryMarshal.AsBytes<T>(values).ToArray()) : null;
}
