using Onnxc.IR;
using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// <c>softmax(c·q·kᵀ)·v -> Attention(q, k, v)</c> for heads cut out of [batch, tokens, width] and put together again; before version 23 ONNX
/// Runtime's <c>MultiHeadAttention</c>. On two cores 0.65 to 1.0 of the time, least for long inputs, whose scores are never all there.
/// Masked attention is left: its forms are those that ONNX Runtime fuses with the projections, and the operator gains nothing (0.87 to 1.04).
/// </summary>
[Pass("fuse-attention", "softmax(c·q·kᵀ)·v -> Attention(q, k, v)", Numerics = Numerics.Rounding)]
public sealed class FuseAttention : RewriteRule
{
    static readonly long[] ByHead = [0, 2, 1, 3], ByHeadTransposed = [0, 2, 3, 1];
    static readonly Var Q = Any();
    static readonly Var K = Any();
    static readonly Var V = Any();
    static readonly ConstantPattern QueryFactor = Constant();
    static readonly ConstantPattern KeyFactor = Constant();
    static readonly ConstantPattern ScoreFactor = Constant();
    static readonly OpPattern QueryHeads = Op("Reshape", Q, Any());
    static readonly OpPattern Query = Op("Transpose", QueryHeads).With("perm", ByHead);
    static readonly OpPattern ScaledQuery = Op(["Div", "Mul"], Query, QueryFactor).Commutative();
    static readonly OpPattern KeyHeads = Op("Reshape", K, Any());
    static readonly OpPattern Key = Op("Transpose", KeyHeads).With("perm", ByHeadTransposed);
    static readonly OpPattern ScaledKey = Op(["Div", "Mul"], Key, KeyFactor).Commutative();
    static readonly OpPattern Scores = Op("MatMul", OneOf(Query, ScaledQuery), OneOf(Key, ScaledKey));
    static readonly OpPattern ScaledScores = Op(["Div", "Mul"], Scores, ScoreFactor).Commutative();
    static readonly OpPattern Weights = Op("Softmax", OneOf(Scores, ScaledScores));
    static readonly OpPattern ValueHeads = Op("Reshape", V, Any());
    static readonly OpPattern Values = Op("Transpose", ValueHeads).With("perm", ByHead);
    static readonly OpPattern Sum = Op("MatMul", Weights, Values);
    static readonly OpPattern Heads = Op("Transpose", Sum).With("perm", ByHead);
    static readonly OpPattern Joined = Op("Reshape", Heads, Any());

    public override OpPattern Root => Joined;

    /// <summary>Before version 7 broadcasting had to be asked for.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        if (m[Q].ElementType is not ElementType.Float) return m.Decline(QueryHeads, "the type is not float");
        if (!IsLastAxis(m[Weights])) return m.Decline(Weights, "the softmax is not along the last axis");
        if (m[QueryHeads].Output.Shape is not { Rank: 4, Dims: [_, _, { IsFixed: true, Extent: var heads }, { IsFixed: true, Extent: var width }] })
            return m.Decline(QueryHeads, "number and width of the heads are not known");
        foreach (var cut in new[] { QueryHeads, KeyHeads, ValueHeads })
            if (!Cuts(m[cut], m[cut].Input(0)!.Shape, m[cut].Output.Shape, heads, width)) return m.Decline(cut, "it may not cut the last axis into heads");
        if (!Cuts(m[Joined], m[Joined].Output.Shape, m[Heads].Output.Shape, heads, width)) return m.Decline(Joined, "it may not join the heads");
        // The products would repeat a batch of one.
        if (m[Q].Shape![0] is not { IsUnknown: false } batch || m[K].Shape![0] != batch || m[V].Shape![0] != batch) return m.Decline(Scores, "the batches may differ");
        if (Factor(m, ScaledQuery, QueryFactor) * Factor(m, ScaledKey, KeyFactor) * Factor(m, ScaledScores, ScoreFactor) is not { } scale
            || !float.IsFinite((float)scale) || scale == 0)
            return m.Decline(Scores, "it is not multiplied by one number");

        var op = Recognition.Operator(m.Graph, "Attention", 23, "MultiHeadAttention");
        if (m.Graph.Model.Functions[op] is not null) return m.Decline("a local function has the name of the operator");
        return m.Replace(b => op.IsStandard
            ? Recognition.Make(b, op, [m[Q], m[K], m[V]], ("q_num_heads", heads), ("kv_num_heads", heads), ("scale", (float)scale))
            : Recognition.Make(b, op, [m[Q], m[K], m[V]], ("num_heads", heads), ("scale", (float)scale)));
    }

    /// <summary>
    /// True when <paramref name="reshape"/> only cuts the last of three axes in two, or joins them again. One of the other axes has to be
    /// seen to stay; the third then does as well.
    /// </summary>
    static bool Cuts(Node reshape, Shape? joined, Shape? cut, long heads, long width)
    {
        if (joined is not { Rank: 3, Dims: [.., { IsFixed: true } last] } || cut is not { Rank: 4 } || last.Extent != heads * width) return false;
        if (cut[2] is not { IsFixed: true } h || cut[3] is not { IsFixed: true } w || h.Extent != heads || w.Extent != width) return false;
        return IsKept(0) || IsKept(1);

        bool IsKept(int axis)
        {
            if (joined[axis] is { IsFixed: true } before && cut[axis] is { IsFixed: true } after) return before.Extent == after.Extent && before.Extent > 0;
            return reshape.Attributes.Int("allowzero", 0) == 0 && ConstantVector.Int64s(reshape.Input(1))?[axis] == 0;
        }
    }

    /// <summary>What <paramref name="scaled"/> multiplies by; 1 where it took no part, null when it is no number or is divided.</summary>
    static double? Factor(Match m, OpPattern scaled, ConstantPattern factor)
    {
        if (m.Find(scaled) is not { } node) return 1;
        if (Scalars.Read(m[factor]) is not { } number || m.Constant(factor).Dims.Length > 4) return null;
        return node.Op.Is("Mul") ? number : ReferenceEquals(node.Input(1), m[factor]) ? 1 / number : null;
    }

    // Before version 13 the axis was the second unless given.
    static bool IsLastAxis(Node softmax) => softmax.Attributes.Int("axis", softmax.Graph.Opsets[""] < 13 ? 1 : -1) is -1 or 3;
}
