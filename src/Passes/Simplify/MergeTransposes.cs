using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary><c>Transpose(Transpose(x, p), q) -> Transpose(x, p∘q)</c>, and <c>x</c> where the composition is the identity.</summary>
[Pass("merge-transposes", "Transpose(Transpose(x, p), q) -> Transpose(x, p∘q)")]
public sealed class MergeTransposes : RewriteRule
{
    static readonly Var X = Any();
    static readonly OpPattern Inner = Op("Transpose", X);
    static readonly OpPattern Outer = Op("Transpose", Inner);

    public override OpPattern Root => Outer;

    public override Rewrite Apply(Match m)
    {
        var (inner, outer) = (m[Inner], m[Outer]);
        // Reversing twice restores the order, whatever the rank.
        if (!inner.Attributes.Has("perm") && !outer.Attributes.Has("perm")) return m.Replace(_ => m[X]);

        var rank = inner.Attributes.Ints("perm")?.Length ?? outer.Attributes.Ints("perm")?.Length;
        if (Permutation(inner, rank) is not { } p) return m.Decline(Inner, "`perm` is a parameter of the function");
        if (Permutation(outer, rank) is not { } q) return m.Decline(Outer, "`perm` is a parameter of the function");
        if (!IsPermutation(p) || !IsPermutation(q) || p.Length != q.Length) return m.Decline("`perm` is not a permutation");

        var composed = q.Select(axis => p[(int)axis]).ToArray();
        if (composed.Index().All(a => a.Item == a.Index)) return m.Replace(_ => m[X]);
        return m.Replace(b => b.Op("Transpose", [m[X]], ("perm", composed)));
    }

    /// <summary>Axes of a transpose; without `perm` it reverses them. Null when they are not known here.</summary>
    static ImmutableArray<long>? Permutation(Node node, int? rank)
    {
        if (node.Attributes.Has("perm")) return node.Attributes.Ints("perm");
        return rank is { } r ? [.. Enumerable.Range(0, r).Select(i => (long)(r - 1 - i))] : null;
    }

    static bool IsPermutation(ImmutableArray<long> axes) => axes.Order().Index().All(a => a.Item == a.Index);
}
