namespace Onnxc.IR;

/// <summary>Widths, names and classes of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    // Indexed by the enum; the names are those of the ONNX textual syntax.
    static readonly (string Name, int Bits)[] Table =
    [
        ("undefined", 0), ("float", 32), ("uint8", 8), ("int8", 8), ("uint16", 16), ("int16", 16), ("int32", 32), ("int64", 64),
        ("string", 0), ("bool", 8), ("float16", 16), ("double", 64), ("uint32", 32), ("uint64", 64), ("complex64", 64),
        ("complex128", 128), ("bfloat16", 16), ("float8e4m3fn", 8), ("float8e4m3fnuz", 8), ("float8e5m2", 8), ("float8e5m2fnuz", 8),
        ("uint4", 4), ("int4", 4), ("float4e2m1", 4), ("float8e8m0", 8), ("uint2", 2), ("int2", 2),
    ];

    static readonly Dictionary<string, ElementType> ByName =
        Table.Select((row, i) => (row.Name, (ElementType)i)).Skip(1).ToDictionary(p => p.Name, p => p.Item2, StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys;

    public static bool IsKnown(this ElementType type) => type > ElementType.Undefined && (int)type < Table.Length;

    /// <summary>Name in the ONNX textual syntax; unknown numbers print unsigned, as <c>type27</c>.</summary>
    public static string Name(this ElementType type) =>
        (int)type >= 0 && (int)type < Table.Length ? Table[(int)type].Name : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"type{(uint)type}");

    /// <summary>Bits per element; 0 for strings and unknown types.</summary>
    public static int BitWidth(this ElementType type) => type.IsKnown() ? Table[(int)type].Bits : 0;

    public static ElementType? Parse(string name) => ByName.TryGetValue(name, out var type) ? type : null;

    public static bool IsFloatingPoint(this ElementType type) => type is ElementType.Float or ElementType.Float16 or ElementType.Double
        or ElementType.BFloat16 or ElementType.Float8E4M3FN or ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2
        or ElementType.Float8E5M2FNUZ or ElementType.Float4E2M1 or ElementType.Float8E8M0;

    public static bool IsInteger(this ElementType type) => type is ElementType.UInt8 or ElementType.Int8 or ElementType.UInt16
        or ElementType.Int16 or ElementType.Int32 or ElementType.Int64 or ElementType.UInt32 or ElementType.UInt64
        or ElementType.UInt4 or ElementType.Int4 or ElementType.UInt2 or ElementType.Int2;

    /// <summary>
    /// Bytes of a packed little-endian tensor of <paramref name="count"/> elements; sub-byte elements share bytes, low bits first.
    /// </summary>
    public static long ByteLength(this ElementType type, long count) => checked((count * type.BitWidth() + 7) / 8);
}
