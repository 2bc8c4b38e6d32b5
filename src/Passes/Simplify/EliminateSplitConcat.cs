using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary><c>Concat(Split(x)) -> x</c> where all parts come back in order along the same axis.</summary>
[Pass("eliminate-split-concat", "Concat(Split(x)) -> x")]
public sealed class EliminateSplitConcat : RewriteRule
{
    static readonly Var X = Any();
    static readonly OpPattern Split = Op("Split", X).Shared().Variadic();
    static readonly OpPattern Concat = Op("Concat", Split).Variadic();

    public override OpPattern Root => Concat;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        var (split, concat) = (m[Split], m[Concat]);
        if (split.Outputs.Length != concat.InputCount) return m.Decline("not all parts come back");
        for (var i = 0; i < concat.InputCount; i++)
            if (!ReferenceEquals(concat.Input(i), split.Outputs[i])) return m.Decline("the parts come back in another order");
        if (ConcatAxis.Of(concat, m[X].Shape) is not { } axis || split.Attributes.Int("axis", 0) is not { } splitAxis)
            return m.Decline("an axis is not known");
        return axis == ConcatAxis.Normalized(splitAxis, m[X].Shape) ? m.Replace(_ => m[X]) : m.Decline("the axes differ");
    }
}
