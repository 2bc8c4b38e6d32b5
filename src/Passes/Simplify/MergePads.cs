using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>Pad(Pad(x, p), q) -> Pad(x, p + q)</c> where both fill with the same constant or repeat the edge and neither crops, and
/// <c>Pad(x, 0) -> x</c>.
/// </summary>
[Pass("merge-pads", "Pad(Pad(x, p), q) -> Pad(x, p + q); Pad(x, 0) -> x")]
public sealed class MergePads : RewriteRule
{
    static readonly Var X = Any();
    static readonly Var Y = Any();
    static readonly OpPattern Inner = Op("Pad", Y).Variadic();
    static readonly OpPattern Outer = Op("Pad", OneOf(Inner, X)).Variadic();

    public override OpPattern Root => Outer;

    /// <summary>Before version 11 the amounts were attributes.</summary>
    public override Range Opsets => 11..;

    public override Rewrite Apply(Match m)
    {
        var outer = m[Outer];
        if (PadAmounts.Of(outer) is not { } q) return m.Decline("the amounts are not known for every axis");
        if (q.IsNothing) return m.Replace(_ => outer.Input(0)!);
        if (m.Find(Inner) is not { } inner) return m.Decline("the input is no other padding of a single use");
        if (PadAmounts.Of(inner) is not { } p) return m.Decline(Inner, "the amounts are not known for every axis");
        if (!p.FillsLike(q)) return m.Decline("the two fill differently");
        if (p.Amounts.Length != q.Amounts.Length || p.Amounts.Concat(q.Amounts).Any(a => a is < 0 or > int.MaxValue)) return m.Decline("one of the two crops");
        var sum = TensorData.Int64s([.. p.Amounts.Zip(q.Amounts, (a, b) => a + b)]);
        return m.Replace(b => b.Node(outer.Op, outer.Input(2) is { } fill ? [m[Y], b.Constant(sum), fill] : [m[Y], b.Constant(sum)], 1,
            [.. outer.Attributes.Select(a => (a.Key, a.Value))]).Output);
    }
}
