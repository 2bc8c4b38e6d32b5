using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>Cast(x) -> x</c> to the type that x has, and <c>Cast(Cast(x, wide), T) -> Cast(x, T)</c> where every value survives the first cast and
/// the second means the same from either type.
/// </summary>
[Pass("eliminate-casts", "Cast(x) -> x; Cast(Cast(x, wider), T) -> Cast(x, T)")]
public sealed class EliminateCasts : RewriteRule
{
    static readonly Var X = Any();
    static readonly Var Y = Any();
    static readonly OpPattern Inner = Op("Cast", Y).Shared();
    static readonly OpPattern Outer = Op("Cast", OneOf(Inner, X));

    public override OpPattern Root => Outer;

    /// <summary>Before version 6 the type was a string.</summary>
    public override Range Opsets => 6..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        var outer = m[Outer];
        if ((ElementType?)outer.Attributes.Int("to") is not { } to) return m.Decline("the type is a parameter of the function");
        if (!IsPlain(to)) return m.Decline("casts to strings, float8 and narrower types stay");
        var x = outer.Input(0)!;
        if (x.ElementType == to) return m.Replace(_ => x);
        if (m.Find(Inner) is not { } inner) return m.Decline(x.ElementType is null ? "the type of the input is not known" : "the types differ");

        var source = m[Y];
        if ((ElementType?)inner.Attributes.Int("to") is not { } middle) return m.Decline(Inner, "the type is a parameter of the function");
        if (source.ElementType is not { } from) return m.Decline(Inner, "the type of the input is not known");
        if (!IsPlain(from) || !IsPlain(middle) || !Keeps(from, middle)) return m.Decline(Inner, "the first cast may lose something");
        if (from == to) return m.Replace(_ => source);
        // What does not fit an integer type converts differently from one floating-point type and another.
        if (to.IsInteger() && (from.IsFloatingPoint() || (middle.IsFloatingPoint() && !Keeps(from, to))))
            return m.Decline("a value that does not fit may convert differently");
        return m.Replace(b => b.Op("Cast", [source], ("to", (long)to)));
    }

    static bool IsPlain(ElementType type) => type is ElementType.Bool || Precision(type) > 0 || (type.IsInteger() && type.BitWidth() >= 8);

    /// <summary>True when every value of <paramref name="from"/> is one of <paramref name="to"/>.</summary>
    static bool Keeps(ElementType from, ElementType to)
    {
        if (from == to || from == ElementType.Bool) return true;
        if (to == ElementType.Bool) return false;
        if (from.IsFloatingPoint()) return to == ElementType.Double || (to == ElementType.Float && from != ElementType.Double);
        var bits = from.BitWidth() - (IsSigned(from) ? 1 : 0);
        if (to.IsFloatingPoint()) return bits <= Precision(to);
        return IsSigned(to) ? bits <= to.BitWidth() - 1 : !IsSigned(from) && bits <= to.BitWidth();
    }

    static bool IsSigned(ElementType type) => type is ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64;

    /// <summary>Bits of the significand; 0 for what is no plain floating-point type.</summary>
    static int Precision(ElementType type) => type switch
    {
        ElementType.Double => 53,
        ElementType.Float => 24,
        ElementType.Float16 => 11,
        ElementType.BFloat16 => 8,
        _ => 0,
    };
}
