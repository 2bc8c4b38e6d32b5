using System.Globalization;

namespace Onnxc.IR;

/// <summary>One dimension: a fixed extent, a symbol, or unknown.</summary>
public readonly record struct Dim
{
    Dim(long value, string? symbol, bool isFixed) => (Extent, Symbol, IsFixed) = (value, symbol, isFixed);

    public static Dim Unknown => default;

    public long Extent { get; }
    public string? Symbol { get; }
    public bool IsFixed { get; }
    public bool IsUnknown => !IsFixed && Symbol is null;

    public static Dim Fixed(long extent) => new(extent, null, true);

    public static Dim Named(string symbol) => new(0, symbol, false);

    public static implicit operator Dim(long extent) => Fixed(extent);

    /// <summary>False only when both are fixed and differ: symbols and unknowns can stand for any extent.</summary>
    public bool IsCompatibleWith(Dim other) => !IsFixed || !other.IsFixed || Extent == other.Extent;

    public override string ToString() => IsFixed ? Extent.ToString(CultureInfo.InvariantCulture) : Symbol ?? "?";
}
