using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>Split(x) -> x</c> into one part; <c>Squeeze(Unsqueeze(x, a), a) -> x</c> and the other way round, whatever the rank; a reduction over
/// no axes, when it was told to leave its input alone.
/// </summary>
[Pass("eliminate-no-op-views", "Split(x) -> x for one part; Squeeze(Unsqueeze(x, a), a) -> x; ReduceMax(x) -> x over no axes")]
public sealed class EliminateNoOpViews : RewriteRule
{
    static readonly Var X = Any();
    static readonly OpPattern View = Op(["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "Split", "Squeeze", "Unsqueeze"], X).Variadic();

    public override OpPattern Root => View;

    public override Rewrite Apply(Match m)
    {
        var node = m[View];
        return node.Op.Name switch
        {
            "Split" => node.Outputs.Length == 1 ? m.Replace(_ => m[X]) : m.Decline("there are several parts"),
            "Squeeze" => Undo(m, "Unsqueeze"),
            "Unsqueeze" => Undo(m, "Squeeze"),
            _ => Reduce(m),
        };
    }

    static Rewrite Undo(Match m, string inverse)
    {
        if (m[X].Producer is not { } inner || !inner.Op.Is(inverse) || inner.Input(0) is not { } source) return m.Decline("it undoes nothing");
        // Axes are those of the longer shape on both sides, and so mean the same however they are counted.
        if (Axes(inner) is not { } first || Axes(m[View]) is not { } second) return m.Decline("the axes are not known");
        return first.SequenceEqual(second) ? m.Replace(_ => source) : m.Decline("the axes differ");
    }

    static Rewrite Reduce(Match m)
    {
        var node = m[View];
        if (node.Attributes.Int("noop_with_empty_axes", 0) != 1) return m.Decline("it reduces all axes or some");
        if (node.Attributes.Has("axes") || node.Input(1) is { Constant: not { ElementCount: 0 } }) return m.Decline("it reduces all axes or some");
        return m.Replace(_ => m[X]);
    }

    /// <summary>In order; an attribute before version 13. Null when they are left out or computed.</summary>
    static long[]? Axes(Node node)
    {
        if (node.Attributes.Has("axes")) return node.Attributes.Ints("axes") is { } given ? [.. given.Order()] : null;
        return node.Input(1)?.Constant is { Element: ElementType.Int64 } data and not SparseTensor ? [.. data.ToArray<long>().Order()] : null;
    }
}
