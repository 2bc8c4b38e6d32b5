using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Passes.Clip;

/// <summary>Bounds in the type of what they bound.</summary>
static class BoundTensor
{
    public static bool CanHold(ElementType? element) => element is ElementType.Float or ElementType.Float16 or ElementType.BFloat16;

    /// <summary>Rounds to the nearest finite number, so that an infinity stays out of bounds.</summary>
    public static TensorData Of(ElementType element, ImmutableArray<long> dims, double[] values) => element switch
    {
        ElementType.Float16 => Pack(element, dims, Array.ConvertAll(values, v => (Half)Math.Clamp(v, (double)Half.MinValue, (double)Half.MaxValue))),
        ElementType.BFloat16 => Pack(element, dims, Array.ConvertAll(values, ToBFloat16)),
        _ => Pack(element, dims, Array.ConvertAll(values, v => (float)Math.Clamp(v, float.MinValue, float.MaxValue))),
    };

    // Half of the last place that is kept, to the nearest; the largest finite number has the bits 0x7F7F.
    static ushort ToBFloat16(double value)
    {
        var bits = BitConverter.SingleToUInt32Bits((float)Math.Clamp(value, float.MinValue, float.MaxValue));
        var rounded = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        return (rounded & 0x7FFF) == 0x7F80 ? (ushort)(rounded - 1) : rounded;
    }

    static DenseTensor Pack<T>(ElementType element, ImmutableArray<long> dims, T[] values) where T : unmanaged =>
        new(element, dims, MemoryMarshal.AsBytes<T>(values).ToArray());
}
