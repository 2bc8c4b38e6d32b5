using Onnxc.IR;
using Onnxc.Passes.Shapes.Symbolic;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary><c>Gather(Gather(x, i), j) -> Gather(x, i[j])</c> along the same axis, for constant indices.</summary>
[Pass("merge-gathers", "Gather(Gather(x, i), j) -> Gather(x, i[j])")]
public sealed class MergeGathers : RewriteRule
{
    static readonly Var X = Any();
    static readonly ConstantPattern I = Constant();
    static readonly ConstantPattern J = Constant();
    static readonly OpPattern Inner = Op("Gather", X, I);
    static readonly OpPattern Outer = Op("Gather", Inner, J);

    public override OpPattern Root => Outer;

    public override Rewrite Apply(Match m)
    {
        var (first, second) = (m.Constant(I), m.Constant(J));
        if (SmallTensor.Of(first)?.Constants is not { } i || SmallTensor.Of(second)?.Constants is not { } j) return m.Decline("the indices are many");
        // With one axis of indices the ranks before and after are the same, so that axes mean the same however they are counted.
        if (first.Dims.Length != 1) return m.Decline(Inner, "the indices have not one axis");
        if (m[Inner].Attributes.Int("axis", 0) is not { } axis || m[Outer].Attributes.Int("axis", 0) != axis) return m.Decline("the axes differ");
        if (j.Any(index => index < -i.Length || index >= i.Length)) return m.Decline("an index is out of range");
        var indices = j.Select(index => i[index < 0 ? index + i.Length : index]).ToArray();
        return m.Replace(b => b.Op("Gather", [m[X], b.Constant(TensorData.Of<long>(ElementType.Int64, [.. second.Dims], indices))], ("axis", axis)));
    }
}
