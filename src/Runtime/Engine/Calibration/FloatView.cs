using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Elements of any floating-point type as floats, in place where they are floats already.</summary>
static class FloatView
{
    public static bool Supports(ElementType? element) => element is ElementType.Float or ElementType.Float16 or ElementType.BFloat16 or ElementType.Double;

    public static ReadOnlySpan<float> Of(ElementType element, ReadOnlySpan<byte> bytes) => element switch
    {
        ElementType.Float => MemoryMarshal.Cast<byte, float>(bytes),
        ElementType.Float16 => Convert<Half>(bytes, x => (float)x),
        ElementType.BFloat16 => Convert<ushort>(bytes, x => BitConverter.UInt32BitsToSingle((uint)x << 16)),
        ElementType.Double => Convert<double>(bytes, x => (float)x),
        _ => throw new NotSupportedException($"a tensor of {element.Name()} is not observed"),
    };

    static float[] Convert<T>(ReadOnlySpan<byte> bytes, Func<T, float> convert) where T : unmanaged
    {
        var source = MemoryMarshal.Cast<byte, T>(bytes);
        var target = new float[source.Length];
        for (var i = 0; i < target.Length; i++) target[i] = convert(source[i]);
        return target;
    }
}
