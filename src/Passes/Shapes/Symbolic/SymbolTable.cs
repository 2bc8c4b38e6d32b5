using System.Collections.Immutable;
using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>
/// Makes symbols. A symbol stands for one axis or element of one value, or for a function of expressions, and what is the same gets the
/// same symbol. Names of dimensions count for nothing: ONNX Runtime does not check that inputs agree in them.
/// </summary>
sealed class SymbolTable
{
    // Wider joins than this happen only where every input has its own batch.
    const int MostJoined = 8;

    readonly Dictionary<string, SymbolicInt> symbols = new(StringComparer.Ordinal);

    /// <summary>The extent of <paramref name="value"/> along <paramref name="axis"/>.</summary>
    public SymbolicInt Axis(Value value, int axis) =>
        Function(string.Create(CultureInfo.InvariantCulture, $"axis {value.Id} {axis}"), 0);

    /// <summary>Element <paramref name="index"/> of <paramref name="value"/>.</summary>
    public SymbolicInt Element(Value value, int index) =>
        Function(string.Create(CultureInfo.InvariantCulture, $"element {value.Id} {index}"), null);

    /// <summary>A function of expressions that has no closed form, told from others by its <paramref name="text"/>.</summary>
    public SymbolicInt Function(string text, long? minimum) => Make(text, minimum, []);

    /// <summary>What <c>Reshape</c> makes of a computed element that is not negative: where that is 0, it copies the input's extent.</summary>
    public SymbolicInt Reshaped(SymbolicInt computed, SymbolicInt copied) =>
        Make($"({computed}) or ({copied})", copied.IsPositive ? 1 : 0, [], copied.Minimum >= 2 ? computed : null);

    SymbolicInt Make(string text, long? minimum, ImmutableArray<SymbolicInt> joined, SymbolicInt? computed = null)
    {
        if (symbols.TryGetValue(text, out var known)) return known;
        return symbols[text] = SymbolicInt.Of(new Symbol(symbols.Count, minimum, joined, computed));
    }

    public SymbolicInt Add(SymbolicInt a, SymbolicInt b) => a.Plus(b) ?? Function($"({a}) + ({b})", null);

    public SymbolicInt Subtract(SymbolicInt a, SymbolicInt b) => a.Minus(b) ?? Function($"({a}) - ({b})", null);

    public SymbolicInt Multiply(SymbolicInt a, SymbolicInt b) =>
        a.Times(b) ?? Function($"({a}) * ({b})", a.Minimum >= 0 && b.Minimum >= 0 ? 0 : null);

    /// <summary>Division as ONNX has it, towards zero.</summary>
    public SymbolicInt Divide(SymbolicInt a, SymbolicInt b)
    {
        if (a.DividedBy(b) is { } exact) return exact;
        if (a.Constant is { } x && b.Constant is { } y && y is not (0 or -1)) return SymbolicInt.Of(x / y);
        return Function($"({a}) / ({b})", a.Minimum >= 0 && b.Minimum >= 0 ? 0 : null);
    }

    public SymbolicInt Min(SymbolicInt a, SymbolicInt b) => Compare(a, b) switch
    {
        <= 0 => a,
        > 0 => b,
        _ => Symmetric("min", a, b, a.Minimum is { } p && b.Minimum is { } q ? Math.Min(p, q) : null),
    };

    public SymbolicInt Max(SymbolicInt a, SymbolicInt b) => Compare(a, b) switch
    {
        >= 0 => a,
        < 0 => b,
        _ => Symmetric("max", a, b, a.Minimum is { } p && b.Minimum is { } q ? Math.Max(p, q) : a.Minimum ?? b.Minimum),
    };

    SymbolicInt Symmetric(string name, SymbolicInt a, SymbolicInt b, long? minimum) =>
        string.CompareOrdinal(a.ToString(), b.ToString()) <= 0 ? Function($"{name}({a}, {b})", minimum) : Function($"{name}({b}, {a})", minimum);

    /// <summary>Negative, zero or positive where <paramref name="a"/> is never above, equal to, or never below; null when that varies.</summary>
    public static int? Compare(SymbolicInt a, SymbolicInt b)
    {
        if (a.Equals(b)) return 0;
        if (b.Minus(a) is { Minimum: >= 0 }) return -1;
        return a.Minus(b) is { Minimum: >= 0 } ? 1 : null;
    }

    /// <summary>True or false where the two are equal in every run, or in none; null otherwise.</summary>
    public static bool? AreEqual(SymbolicInt a, SymbolicInt b)
    {
        if (a.Equals(b)) return true;
        return a.Minus(b) is { IsPositive: true } || b.Minus(a) is { IsPositive: true } ? false : null;
    }

    /// <summary>What two extents broadcast to, given that they do.</summary>
    public SymbolicInt Join(SymbolicInt a, SymbolicInt b)
    {
        if (a.Equals(b) || b.Is(1)) return a;
        if (a.Is(1)) return b;
        // Where the operand of the Reshape was 0, an extent of at least 2 meets 0, which does not broadcast.
        if (a.Equals(b.Single?.Computed)) return a;
        if (b.Equals(a.Single?.Computed)) return b;
        // Any extent but one decides; the other is the same or one.
        if (a.Constant is not null || a.Minimum >= 2) return a;
        if (b.Constant is not null || b.Minimum >= 2) return b;

        var (left, right) = (Parts(a), Parts(b));
        var union = left.Union(right).OrderBy(p => p.ToString(), StringComparer.Ordinal).ToImmutableArray();
        if (union.Length == left.Length) return a;
        if (union.Length == right.Length) return b;
        return Make($"join({string.Join(", ", union)})", union.All(p => p.IsPositive) ? 1 : 0, union.Length > MostJoined ? [] : union);
    }

    static ImmutableArray<SymbolicInt> Parts(SymbolicInt extent) => extent.Single is { Joined: { IsEmpty: false } parts } ? parts : [extent];
}
