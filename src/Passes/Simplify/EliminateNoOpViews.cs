using Onnxc.IR;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>Split(x) -> x</c> into one part; <c>Squeeze(Unsqueeze(x, a), a) -> x</c> and the other way round, whatever the rank; a reduction over
/// no axes, when it was told to leave its input alone.
/// </summary>
[Pass("eliminate-no-op-views", "Split(x) -> x for one part; Squeeze(Unsqueeze(x, a), a) -> x; ReduceMax(x) -> x over no axes")]
public sealed class EliminateNoOpViews : GraphPass
{
    static readonly HashSet<string> Reductions = new(StringComparer.Ordinal) { "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum" };

    protected override void Run(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes)
        {
            if (!node.Op.IsStandard || node.Outputs is not [{ HasUses: true } output] || graph.Model.Functions[node.Op] is not null) continue;
            if (Candidate(node) is not { } source || !cx.Selects(node)) continue;
            if (ReasonAgainst(node) is { } reason) cx.Skip(reason);
            else if (cx.TryStep(node, "remove an operator that changes nothing"))
            {
                graph.Substitute(output, source);
                graph.RemoveNode(node);
            }
        }
    }

    /// <summary>The value that the node may be equal to; null when there is none.</summary>
    static Value? Candidate(Node node) => node.Op.Name switch
    {
        "Split" => node.Input(0),
        "Squeeze" => Below(node, "Unsqueeze"),
        "Unsqueeze" => Below(node, "Squeeze"),
        _ => Reductions.Contains(node.Op.Name) && node.Attributes.Int("noop_with_empty_axes") == 1 ? node.Input(0) : null,
    };

    static Value? Below(Node node, string inverse) =>
        node.Input(0)?.Producer is { } inner && inner.Op.Is(inverse) && node.Graph.CanSee(inner.Graph) ? inner.Input(0) : null;

    static string? ReasonAgainst(Node node)
    {
        if (node.Op.Name == "Split") return null;
        if (Reductions.Contains(node.Op.Name))
            return node.Attributes.Has("axes") || node.Input(1) is { Constant: not { ElementCount: 0 } } ? "it reduces some axes" : null;
        // Axes are those of the longer shape on both sides, and so mean the same however they are counted.
        if (Axes(node.Input(0)!.Producer!) is not { } first || Axes(node) is not { } second) return "the axes are not known";
        return first.SequenceEqual(second) ? null : "the axes differ";
    }

    /// <summary>In order; an attribute before version 13. Null when they are left out or computed.</summary>
    static long[]? Axes(Node node)
    {
        var axes = node.Attributes.Has("axes") ? node.Attributes.Ints("axes")?.ToArray() : ConstantVector.Int64s(node.Input(1));
        return axes is null ? null : [.. axes.Order()];
    }
}
