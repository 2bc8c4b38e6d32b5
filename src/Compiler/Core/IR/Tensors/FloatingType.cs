using System.Runtime.InteropServices;

namespace Onnxc.IR;

/// <summary>Floating-point types of tensors, seen as float.</summary>
public static class FloatingType
{
    public static bool CanRead(ElementType? element) => element is ElementType.Float or ElementType.Float16 or ElementType.BFloat16 or ElementType.Double;

    /// <summary>The number of type <paramref name="element"/> that is nearest to <paramref name="value"/>.</summary>
    public static float Round(ElementType element, float value) => element switch
    {
        ElementType.Float16 => (float)(Half)value,
        ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)ToBFloat16(value) << 16),
        _ => value,
    };

    /// <summary>Reads elements that lie behind each other; doubles are rounded.</summary>
    public static void Read(ElementType element, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        switch (element)
        {
            case ElementType.Float:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
                break;
            case ElementType.Float16:
                Convert(MemoryMarshal.Cast<byte, Half>(bytes), values, v => (float)v);
                break;
            case ElementType.BFloat16:
                Convert(MemoryMarshal.Cast<byte, ushort>(bytes), values, v => BitConverter.UInt32BitsToSingle((uint)v << 16));
                break;
            default:
                Convert(MemoryMarshal.Cast<byte, double>(bytes), values, v => (float)v);
                break;
        }
    }

    /// <summary>A tensor of numbers rounded to <paramref name="element"/>.</summary>
    public static TensorData Write(ElementType element, ReadOnlySpan<long> dims, float[] values) => element switch
    {
        ElementType.Float16 => TensorData.Of<Half>(element, dims, Array.ConvertAll(values, v => (Half)v)),
        ElementType.BFloat16 => TensorData.Of<ushort>(element, dims, Array.ConvertAll(values, ToBFloat16)),
        ElementType.Double => TensorData.Of<double>(element, dims, Array.ConvertAll(values, v => (double)v)),
        _ => TensorData.Of<float>(element, dims, values),
    };

    static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(float.IsNaN(value) ? 0x7FC0 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }

    static void Convert<T>(ReadOnlySpan<T> source, Span<float> target, Func<T, float> convert)
    {
        for (var i = 0; i < source.Length; i++) target[i] = convert(source[i]);
    }
}
