using System.Buffers.Binary;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Single bits of packed elements, hit in place.</summary>
public static class FaultBits
{
    const float ToolboxLargest = 1e31f, ToolboxLeast = 5e-30f;
    const double FixedPointScale = 1 << 16;

    /// <summary>
    /// Hits bit <paramref name="bit"/> of element <paramref name="index"/>. <paramref name="packed"/>: elements of type <paramref name="element"/>,
    /// little endian, sub-byte ones low bits first.
    /// </summary>
    public static void Hit(Span<byte> packed, ElementType element, long index, int bit, FaultKind kind, FaultCodec codec)
    {
        if (element == ElementType.Float && codec != FaultCodec.Ieee)
        {
            var place = packed.Slice(checked((int)(index * sizeof(float))), sizeof(float));
            var value = BinaryPrimitives.ReadSingleLittleEndian(place);
            BinaryPrimitives.WriteSingleLittleEndian(place, codec == FaultCodec.FixedPoint ? InFixedPoint(value, bit, kind) : InToolbox(value, bit, kind));
            return;
        }
        var position = index * element.BitWidth() + bit;
        ref var target = ref packed[checked((int)(position / 8))];
        target = (byte)Hit(target, (int)(position % 8), kind);
    }

    static uint Hit(uint bits, int bit, FaultKind kind) => kind switch
    {
        FaultKind.StuckAt0 => bits & ~(1u << bit),
        FaultKind.StuckAt1 => bits | (1u << bit),
        _ => bits ^ (1u << bit),
    };

    static float InFixedPoint(float value, int bit, FaultKind kind)
    {
        var bits = float.IsNaN(value) ? 0 : (int)Math.Clamp(Math.Round(value * FixedPointScale), int.MinValue, int.MaxValue);
        return (float)((int)Hit((uint)bits, bit, kind) / FixedPointScale);
    }

    static float InToolbox(float value, int bit, FaultKind kind)
    {
        var hit = BitConverter.UInt32BitsToSingle(Hit(BitConverter.SingleToUInt32Bits(value), bit, kind));
        return !float.IsFinite(hit) ? MathF.CopySign(ToolboxLargest, hit) : MathF.Abs(hit) < ToolboxLeast ? 0 : hit;
    }
}
