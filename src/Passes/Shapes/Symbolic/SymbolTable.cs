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

    // More than this only grow where a model has many bounds of the same kind, and each comparison tries them all.
    const int MostFacts = 16;

    readonly List<SymbolicInt> facts = [];
    readonly Dictionary<string, SymbolicInt> symbols = new(StringComparer.Ordinal);

    /// <summary>The extent of <paramref name="value"/> along <paramref name="axis"/>.</summary>
    public SymbolicInt Axis(Value value, int axis) =>
        Function(string.Create(CultureInfo.InvariantCulture, $"axis {value.Id} {axis}"), 0);

    /// <summary>Element <paramref name="index"/> of <paramref name="value"/>.</summary>
    public SymbolicInt Element(Value value, int index) =>
        Function(string.Create(CultureInfo.InvariantCulture, $"element {value.Id} {index}"), null);

    /// <summary>A function of expressions that has no closed form, told from others by its <paramref name="text"/>.</summary>
    public SymbolicInt Function(string text, long? minimum) => Make(text, id => new Symbol(id, minimum));

    /// <summary>What <c>Reshape</c> makes of a computed element that is not negative: where that is 0, it copies the input's extent.</summary>
    public SymbolicInt Reshaped(SymbolicInt computed, SymbolicInt copied) =>
        Make($"({computed}) or ({copied})", id => new Symbol(id, copied.IsPositive ? 1 : 0) { Computed = copied.Minimum >= 2 ? computed : null });

    SymbolicInt Make(string text, Func<int, Symbol> create) =>
        symbols.TryGetValue(text, out var known) ? known : symbols[text] = SymbolicInt.Of(create(symbols.Count));

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
        _ => Extremum(false, a, b, a.Minimum is { } p && b.Minimum is { } q ? Math.Min(p, q) : null),
    };

    public SymbolicInt Max(SymbolicInt a, SymbolicInt b) => Compare(a, b) switch
    {
        >= 0 => a,
        < 0 => b,
        _ => Extremum(true, a, b, a.Minimum is { } p && b.Minimum is { } q ? Math.Max(p, q) : a.Minimum ?? b.Minimum),
    };

    SymbolicInt Extremum(bool isMax, SymbolicInt a, SymbolicInt b, long? minimum)
    {
        if (string.CompareOrdinal(a.ToString(), b.ToString()) > 0) (a, b) = (b, a);
        return Make($"{(isMax ? "max" : "min")}({a}, {b})", id => new Symbol(id, minimum) { Extremum = (isMax, a, b) });
    }

    /// <summary>Negative, zero or positive where <paramref name="a"/> is never above, equal to, or never below; null when that varies.</summary>
    int? Compare(SymbolicInt a, SymbolicInt b)
    {
        if (a.Equals(b)) return 0;
        if (IsNeverNegative(b.Minus(a))) return -1;
        return IsNeverNegative(a.Minus(b)) ? 1 : null;
    }

    bool IsNeverNegative(SymbolicInt? difference) => difference is not null
        && (difference.Minimum >= 0 || facts.Exists(fact => difference.Minus(fact) is { Minimum: >= 0 }));

    /// <summary>Expressions that are known not to be negative where the walk stands. Set back to leave a body.</summary>
    public int FactCount
    {
        get => facts.Count;
        set => facts.RemoveRange(Math.Min(value, facts.Count), Math.Max(0, facts.Count - value));
    }

    /// <summary>
    /// Learns from the fact that <paramref name="a"/> broadcasts with <paramref name="b"/>: where one is the lesser of the other and a
    /// number above 1, both are equal, and not above that number. True when that was news.
    /// </summary>
    public bool Learn(SymbolicInt a, SymbolicInt b) => LearnLesser(a, b) || LearnLesser(b, a);

    bool LearnLesser(SymbolicInt lesser, SymbolicInt whole)
    {
        if (facts.Count >= MostFacts || Limit(lesser, whole)?.Minus(whole) is not { } fact || facts.Contains(fact)) return false;
        facts.Add(fact);
        return true;
    }

    // The bound when `lesser` is min(whole, bound) for a bound above 1.
    static SymbolicInt? Limit(SymbolicInt lesser, SymbolicInt whole)
    {
        if (lesser.Single?.Extremum is not { IsMax: false } min) return null;
        var limit = min.A.Equals(whole) ? min.B : min.B.Equals(whole) ? min.A : null;
        return limit?.Constant >= 2 ? limit : null;
    }

    /// <summary>The expression with what has been learnt since it was made.</summary>
    public SymbolicInt Review(SymbolicInt expression) => expression.Substitute(
        symbol => symbol.Extremum is not { } e ? null : e.IsMax ? Max(Review(e.A), Review(e.B)) : Min(Review(e.A), Review(e.B)), this);

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
        if (Limit(a, b) is not null) return b;
        if (Limit(b, a) is not null) return a;
        // Any extent but one decides; the other is the same or one.
        if (a.Constant is not null || a.Minimum >= 2) return a;
        if (b.Constant is not null || b.Minimum >= 2) return b;

        var (left, right) = (Parts(a), Parts(b));
        var union = left.Union(right).OrderBy(p => p.ToString(), StringComparer.Ordinal).ToImmutableArray();
        if (union.Length == left.Length) return a;
        if (union.Length == right.Length) return b;
        return Make($"join({string.Join(", ", union)})",
            id => new Symbol(id, union.All(p => p.IsPositive) ? 1 : 0) { Joined = union.Length > MostJoined ? [] : union });
    }

    /// <summary>True when <paramref name="extent"/> is 0 wherever <paramref name="other"/> is.</summary>
    public static bool VanishesWith(SymbolicInt extent, SymbolicInt other) =>
        extent.DividedBy(other) is not null || Parts(other).All(Parts(extent).Contains);

    static ImmutableArray<SymbolicInt> Parts(SymbolicInt extent) => extent.Single is { Joined: { IsEmpty: false } parts } ? parts : [extent];
}
