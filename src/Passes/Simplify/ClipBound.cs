using System.Buffers.Binary;
using Onnxc.IR;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// A bound of a <c>Clip</c>: a constant, or a null value, which means the lowest or highest finite number. Ordered by a key that is exact for
/// integers and floating-point numbers alike.
/// </summary>
readonly record struct ClipBound(Value? Value, Int128 Integer, double Number) : IComparable<ClipBound>
{
    /// <summary>Low, high, low, high; null when one has no place in an order, or types differ.</summary>
    public static ClipBound[]? Of(Value?[] bounds)
    {
        var element = bounds.FirstOrDefault(b => b is not null)?.Constant!.Element;
        if (element is null) return [default, default, default, default];
        var keys = new ClipBound[bounds.Length];
        for (var i = 0; i < bounds.Length; i++)
        {
            if (bounds[i]?.Constant is { } data && data.Element != element) return null;
            if (Key(bounds[i], element.Value, upper: i % 2 == 1) is not { } key) return null;
            keys[i] = key;
        }
        return keys;
    }

    public int CompareTo(ClipBound other) => Integer != other.Integer ? Integer.CompareTo(other.Integer) : Number.CompareTo(other.Number);

    public ClipBound Clamp(ClipBound low, ClipBound high)
    {
        var raised = CompareTo(low) < 0 ? low : this;
        return raised.CompareTo(high) > 0 ? high : raised;
    }

    static ClipBound? Key(Value? bound, ElementType element, bool upper)
    {
        if (bound?.Constant is not { } data) return Limit(element, upper);
        var bytes = data.Bytes;
        return element switch
        {
            ElementType.Float => Of(bound, BinaryPrimitives.ReadSingleLittleEndian(bytes)),
            ElementType.Double => Of(bound, BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
            ElementType.Int8 => new(bound, (sbyte)bytes[0], 0),
            ElementType.UInt8 => new(bound, bytes[0], 0),
            ElementType.Int32 => new(bound, BinaryPrimitives.ReadInt32LittleEndian(bytes), 0),
            ElementType.UInt32 => new(bound, BinaryPrimitives.ReadUInt32LittleEndian(bytes), 0),
            ElementType.Int64 => new(bound, BinaryPrimitives.ReadInt64LittleEndian(bytes), 0),
            ElementType.UInt64 => new(bound, BinaryPrimitives.ReadUInt64LittleEndian(bytes), 0),
            _ => null,
        };
    }

    // Which of two zeros wins depends on the order of operands; a NaN has no order at all.
    static ClipBound? Of(Value bound, double number) =>
        double.IsNaN(number) || (number == 0 && double.IsNegative(number)) ? null : new(bound, 0, number);

    static ClipBound? Limit(ElementType element, bool upper) => element switch
    {
        ElementType.Float => new(null, 0, upper ? float.MaxValue : float.MinValue),
        ElementType.Double => new(null, 0, upper ? double.MaxValue : double.MinValue),
        ElementType.Int8 or ElementType.Int32 or ElementType.Int64 =>
            new(null, upper ? (Int128.One << (element.BitWidth() - 1)) - 1 : -(Int128.One << (element.BitWidth() - 1)), 0),
        ElementType.UInt8 or ElementType.UInt32 or ElementType.UInt64 => new(null, upper ? (Int128.One << element.BitWidth()) - 1 : 0, 0),
        _ => null,
    };
}
