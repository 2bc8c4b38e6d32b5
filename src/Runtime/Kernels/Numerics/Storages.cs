using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Onnxc.Kernels.Numerics;

/// <summary>Reads and writes 16-bit floats. Reading is exact, writing rounds to nearest even.</summary>
static unsafe class Storages
{
    public static void Load(Storage storage, ushort* from, Span<float> to)
    {
        var i = 0;
        fixed (float* target = to)
        {
            for (; i <= to.Length - 8; i += 8)
            {
                var (low, high) = Vector128.Widen(Vector128.Load(from + i));
                var bits = Vector256.Create(low, high);
                (storage == Storage.Float16 ? FromHalf(bits) : (bits << 16).AsSingle()).Store(target + i);
            }
            for (; i < to.Length; i++)
                target[i] = (storage == Storage.Float16 ? FromHalf(Vector256.CreateScalar((uint)from[i])) : Vector256.CreateScalar((uint)from[i] << 16).AsSingle()).ToScalar();
        }
    }

    public static void Store(Storage storage, ReadOnlySpan<float> from, ushort* to)
    {
        var i = 0;
        fixed (float* source = from)
        {
            for (; i <= from.Length - 8; i += 8)
            {
                var bits = Round(storage, Vector256.Load(source + i).AsUInt32());
                Vector128.Narrow(bits.GetLower(), bits.GetUpper()).Store(to + i);
            }
            for (; i < from.Length; i++) to[i] = (ushort)Round(storage, Vector256.CreateScalar(source[i]).AsUInt32()).ToScalar();
        }
    }

    /// <summary>Writes from element <paramref name="at"/> on of a tensor of any storage, float32 included.</summary>
    public static void Store(Storage storage, ReadOnlySpan<float> from, nint tensor, long at)
    {
        if (storage == Storage.Float32) from.CopyTo(new((float*)tensor + at, from.Length));
        else Store(storage, from, (ushort*)tensor + at);
    }

    static Vector256<uint> Round(Storage storage, Vector256<uint> bits) => storage == Storage.Float16 ? ToHalf(bits) : ToBFloat16(bits);

    // Exponent and mantissa move into the place that they have in a float; the multiplication moves the bias, subnormals included.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> FromHalf(Vector256<uint> half)
    {
        var magnitude = (half & Vector256.Create(0x7FFFu)) << 13;
        var special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x0F80_0000u)) & Vector256.Create(0x7F80_0000u);
        var value = (magnitude.AsSingle() * Vector256.Create(0x7780_0000u).AsSingle()).AsUInt32() | special;
        return (value | (half & Vector256.Create(0x8000u)) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> ToHalf(Vector256<uint> bits)
    {
        var sign = bits & Vector256.Create(0x8000_0000u);
        var magnitude = bits ^ sign;
        // Adding 0.5 leaves a subnormal half, rounded, in the lowest bits.
        var half = Vector256.Create(0x3F00_0000u);
        var small = (magnitude.AsSingle() + half.AsSingle()).AsUInt32() - half;
        var normal = (magnitude + Vector256.Create(0xC800_0FFFu) + (magnitude >>> 13 & Vector256<uint>.One)) >>> 13;
        var result = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0x3880_0000u)), small, normal);
        var large = Vector256.ConditionalSelect(Vector256.GreaterThan(magnitude, Vector256.Create(0x7F80_0000u)), Vector256.Create(0x7E00u), Vector256.Create(0x7C00u));
        return Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x4780_0000u)), large, result) | sign >>> 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> ToBFloat16(Vector256<uint> bits)
    {
        var isNaN = Vector256.GreaterThan(bits & Vector256.Create(0x7FFF_FFFFu), Vector256.Create(0x7F80_0000u));
        var rounded = (bits + Vector256.Create(0x7FFFu) + (bits >>> 16 & Vector256<uint>.One)) >>> 16;
        return Vector256.ConditionalSelect(isNaN, Vector256.Create(0x7FC0u), rounded);
    }
}
