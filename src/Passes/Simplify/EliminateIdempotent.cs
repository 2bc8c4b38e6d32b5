using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>f(f(x)) -> f(x)</c> for what changes nothing the second time, <c>g(g(x)) -> x</c> for what undoes itself, and
/// <c>Clip(Clip(x, a, b), c, d) -> Clip(x, clip(a, c, d), clip(b, c, d))</c>.
/// </summary>
[Pass("eliminate-idempotent", "f(f(x)) -> f(x); g(g(x)) -> x; Clip(Clip(x)) -> Clip(x)")]
public sealed class EliminateIdempotent : RewriteRule
{
    static readonly string[] Ops = ["Abs", "BitwiseNot", "Ceil", "Clip", "Floor", "Neg", "Not", "Relu", "Round", "Sign"];
    static readonly Var X = Any();
    static readonly OpPattern Inner = Op(Ops, X).Shared().Variadic();
    static readonly OpPattern Outer = Op(Ops, Inner).Variadic();

    public override OpPattern Root => Outer;

    public override Rewrite Apply(Match m)
    {
        var (inner, outer) = (m[Inner], m[Outer]);
        if (inner.Op != outer.Op) return m.Decline("the two operators differ");
        return outer.Op.Name switch
        {
            "Clip" => MergeClips(m),
            "BitwiseNot" or "Neg" or "Not" => m.Replace(_ => m[X]),
            _ => m.Replace(_ => inner.Output),
        };
    }

    static Rewrite MergeClips(Match m)
    {
        var (inner, outer) = (m[Inner], m[Outer]);
        // Before version 11 the bounds were attributes.
        if (m.Graph.Opsets[""] < 11) return m.Decline("the bounds are attributes");
        Value?[] bounds = [inner.Input(1), inner.Input(2), outer.Input(1), outer.Input(2)];
        if (bounds.Any(b => b is { Constant: null })) return m.Decline("a bound is not constant");
        if (bounds.Any(b => b?.Constant is { ElementCount: not 1 })) return m.Decline("a bound is not a scalar");
        if (ClipBound.Of(bounds) is not [var a, var b, var c, var d]) return m.Decline("a bound is NaN, a negative zero, or of a type without an order");
        // ONNX Runtime and the operator's definition disagree about empty ranges.
        if (a.CompareTo(b) > 0 || c.CompareTo(d) > 0) return m.Decline("a lower bound is above the upper one");

        var (low, high) = (a.Clamp(c, d), b.Clamp(c, d));
        // Where the ranges do not meet, the first clip keeps a zero of the other sign away from the second.
        if ((b.CompareTo(c) < 0 || d.CompareTo(a) < 0) && low.Integer == 0 && low.Number == 0) return m.Decline("the result is a zero of uncertain sign");
        // A bound that is left out means the lowest number below and the highest above, never the other way round.
        if ((low.Value is null && low != a && low != c) || (high.Value is null && high != b && high != d)) return m.Decline("a bound is infinite");
        return m.Replace(builder => builder.Op("Clip", high.Value is null ? low.Value is null ? [m[X]] : [m[X], low.Value] : [m[X], low.Value, high.Value]));
    }
}
