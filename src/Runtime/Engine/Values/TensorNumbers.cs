using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Elements of a tensor as numbers, whatever their type.</summary>
public static class TensorNumbers
{
    /// <summary>
    /// Elements <paramref name="start"/> to <c>start + target.Length</c> as doubles. 64-bit integers round; complex elements give two numbers each,
    /// so that positions then count halves. Throws <see cref="NotSupportedException"/> for strings.
    /// </summary>
    public static void Read(TensorData data, long start, Span<double> target)
    {
        var bits = data.Element is ElementType.Complex64 or ElementType.Complex128 ? data.Element.BitWidth() / 2 : data.Element.BitWidth();
        if (bits == 0) throw new NotSupportedException($"a tensor of {data.Element.Name()} has no numbers");
        var first = start * bits / 8;
        var bytes = data.Slice(first, (int)(((start + target.Length) * bits + 7) / 8 - first));
        switch (data.Element)
        {
            case ElementType.Float or ElementType.Complex64: Convert(MemoryMarshal.Cast<byte, float>(bytes), target, x => x); break;
            case ElementType.Double or ElementType.Complex128: MemoryMarshal.Cast<byte, double>(bytes).CopyTo(target); break;
            case ElementType.Float16: Convert(MemoryMarshal.Cast<byte, Half>(bytes), target, x => (double)x); break;
            case ElementType.BFloat16: Convert(MemoryMarshal.Cast<byte, ushort>(bytes), target, x => BitConverter.UInt32BitsToSingle((uint)x << 16)); break;
            case ElementType.UInt8: Convert(bytes, target, x => x); break;
            case ElementType.Int8: Convert(MemoryMarshal.Cast<byte, sbyte>(bytes), target, x => x); break;
            case ElementType.UInt16: Convert(MemoryMarshal.Cast<byte, ushort>(bytes), target, x => x); break;
            case ElementType.Int16: Convert(MemoryMarshal.Cast<byte, short>(bytes), target, x => x); break;
            case ElementType.Int32: Convert(MemoryMarshal.Cast<byte, int>(bytes), target, x => x); break;
            case ElementType.UInt32: Convert(MemoryMarshal.Cast<byte, uint>(bytes), target, x => x); break;
            case ElementType.Int64: Convert(MemoryMarshal.Cast<byte, long>(bytes), target, x => x); break;
            case ElementType.UInt64: Convert(MemoryMarshal.Cast<byte, ulong>(bytes), target, x => x); break;
            case ElementType.Bool: Convert(bytes, target, x => x == 0 ? 0 : 1); break;
            case ElementType.Float8E8M0: Convert(bytes, target, x => x == 0xFF ? double.NaN : Math.ScaleB(1, x - 127)); break;
            case ElementType.Float8E4M3FN: Convert(bytes, target, x => SmallFloat(x, 3, 7, (x & 0x7F) == 0x7F, false)); break;
            case ElementType.Float8E4M3FNUZ: Convert(bytes, target, x => SmallFloat(x, 3, 8, x == 0x80, false)); break;
            case ElementType.Float8E5M2: Convert(bytes, target, x => SmallFloat(x, 2, 15, (x & 0x7F) > 0x7C, (x & 0x7F) == 0x7C)); break;
            case ElementType.Float8E5M2FNUZ: Convert(bytes, target, x => SmallFloat(x, 2, 16, x == 0x80, false)); break;
            default:
                var shift = (int)(start * bits - first * 8);
                for (var i = 0; i < target.Length; i++)
                {
                    var position = shift + i * bits;
                    target[i] = SubByte(data.Element, (bytes[position / 8] >> (position % 8)) & ((1 << bits) - 1), bits);
                }
                break;
        }
    }

    /// <summary>All elements as doubles; complex ones give two each.</summary>
    public static double[] Read(TensorData data)
    {
        var numbers = new double[checked((int)CountOf(data))];
        Read(data, 0, numbers);
        return numbers;
    }

    /// <summary>How many numbers <see cref="Read(TensorData)"/> gives.</summary>
    public static long CountOf(TensorData data) =>
        data.Element is ElementType.Complex64 or ElementType.Complex128 ? checked(data.ElementCount * 2) : data.ElementCount;

    /// <summary>Distance from 1 to the next larger number of the type; 0 for integers.</summary>
    public static double Epsilon(ElementType element) => element switch
    {
        ElementType.Float or ElementType.Complex64 => Math.ScaleB(1, -23),
        ElementType.Double or ElementType.Complex128 => Math.ScaleB(1, -52),
        ElementType.Float16 => Math.ScaleB(1, -10),
        ElementType.BFloat16 => Math.ScaleB(1, -7),
        ElementType.Float8E4M3FN or ElementType.Float8E4M3FNUZ => Math.ScaleB(1, -3),
        ElementType.Float8E5M2 or ElementType.Float8E5M2FNUZ => Math.ScaleB(1, -2),
        ElementType.Float4E2M1 => 0.5,
        ElementType.Float8E8M0 => 1,
        _ => 0,
    };

    internal static TensorData WidenForNumpy(TensorData data)
    {
        if (data is StringTensor || data.Element is not (ElementType.BFloat16 or >= ElementType.Float8E4M3FN)) return data;
        var numbers = Read(data);
        if (data.Element.IsFloatingPoint()) return TensorData.Of<float>(ElementType.Float, data.Dims.AsSpan(), Array.ConvertAll(numbers, x => (float)x));
        return data.Element is ElementType.Int4 or ElementType.Int2
            ? TensorData.Of<sbyte>(ElementType.Int8, data.Dims.AsSpan(), Array.ConvertAll(numbers, x => (sbyte)x))
            : TensorData.Of<byte>(ElementType.UInt8, data.Dims.AsSpan(), Array.ConvertAll(numbers, x => (byte)x));
    }

    /// <summary>Packs <paramref name="numbers"/>, which must be in range, as integers or floats of 8 bits and more.</summary>
    internal static TensorData Pack(ElementType element, ReadOnlySpan<long> dims, ReadOnlySpan<double> numbers)
    {
        var width = element.BitWidth() / 8;
        if (element.BitWidth() < 8) return PackBits(element, dims, numbers);
        var bytes = new byte[numbers.Length * width];
        Span<byte> whole = stackalloc byte[8];
        for (var i = 0; i < numbers.Length; i++)
        {
            var target = bytes.AsSpan(i * width, width);
            switch (element)
            {
                case ElementType.Float: BinaryPrimitives.WriteSingleLittleEndian(target, (float)numbers[i]); break;
                case ElementType.Double: BinaryPrimitives.WriteDoubleLittleEndian(target, numbers[i]); break;
                case ElementType.Float16: BinaryPrimitives.WriteHalfLittleEndian(target, (Half)numbers[i]); break;
                case ElementType.BFloat16: BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)(BitConverter.SingleToUInt32Bits((float)numbers[i]) >> 16)); break;
                // A float8 gets the number as its code: small codes are finite in every one of these types.
                default:
                    BinaryPrimitives.WriteInt64LittleEndian(whole, (long)numbers[i]);
                    whole[..width].CopyTo(target);
                    break;
            }
        }
        return new DenseTensor(element, [.. dims], bytes);
    }

    /// <summary>Packs pairs of numbers as complex elements.</summary>
    internal static TensorData PackComplex(ElementType element, ReadOnlySpan<long> dims, double[] numbers) =>
        element == ElementType.Complex128
            ? new DenseTensor(element, [.. dims], MemoryMarshal.AsBytes<double>(numbers).ToArray())
            : new DenseTensor(element, [.. dims], MemoryMarshal.AsBytes<float>(Array.ConvertAll(numbers, x => (float)x)).ToArray());

    static DenseTensor PackBits(ElementType element, ReadOnlySpan<long> dims, ReadOnlySpan<double> numbers)
    {
        var bits = element.BitWidth();
        var bytes = new byte[element.ByteLength(numbers.Length)];
        for (var i = 0; i < numbers.Length; i++)
            bytes[i * bits / 8] |= (byte)(((long)numbers[i] & ((1 << bits) - 1)) << (i * bits % 8));
        return new DenseTensor(element, [.. dims], bytes);
    }

    static void Convert<T>(ReadOnlySpan<T> source, Span<double> target, Func<T, double> convert)
    {
        for (var i = 0; i < target.Length; i++) target[i] = convert(source[i]);
    }

    static double SubByte(ElementType element, int code, int bits) => element switch
    {
        ElementType.Int4 or ElementType.Int2 => code - ((code >> (bits - 1)) << bits),
        // 1 sign, 2 exponent and 1 mantissa bit, bias 1; no infinities (OCP MX, section 5.3.3).
        ElementType.Float4E2M1 => ((code & 8) != 0 ? -1 : 1) * ((code & 6) == 0 ? 0.5 * (code & 1) : Math.ScaleB(1 + 0.5 * (code & 1), ((code >> 1) & 3) - 1)),
        _ => code,
    };

    static double SmallFloat(byte code, int mantissa, int bias, bool nan, bool infinite)
    {
        if (nan) return double.NaN;
        var sign = (code & 0x80) != 0 ? -1.0 : 1.0;
        if (infinite) return sign * double.PositiveInfinity;
        var exponent = (code & 0x7F) >> mantissa;
        var fraction = (code & ((1 << mantissa) - 1)) / (double)(1 << mantissa);
        return sign * (exponent == 0 ? Math.ScaleB(fraction, 1 - bias) : Math.ScaleB(1 + fraction, exponent - bias));
    }
}
