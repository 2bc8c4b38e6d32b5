using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>Expand(x, s) + y -> x + y</c>, and the same for other operators that broadcast, where y has each axis that x is expanded along. The
/// condition of a <c>Where</c> stays: ONNX Runtime looks for the <c>Expand</c> of an attention mask there.
/// </summary>
[Pass("eliminate-expand", "Expand(x, s) + y -> x + y where y has the shape already")]
public sealed class EliminateExpand : ModelPass
{
    // Not Pow: ONNX Runtime computes powers by a scalar in another way.
    static readonly HashSet<string> Broadcasting = new(StringComparer.Ordinal)
    {
        "Add", "And", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Mul", "Or", "Sub",
        "Where", "Xor",
    };

    public override void Run(Model model, PassContext cx)
    {
        if (!model.AllNodes().Any(n => n.Op.Is("Expand"))) return;
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        var analysis = new ShapeAnalysis(model);
        foreach (var graph in model.Bodies().ToList())
        {
            foreach (var node in graph.Nodes)
            {
                if (!node.Op.IsStandard || !Broadcasting.Contains(node.Op.Name) || model.Functions[node.Op] is not null) continue;
                for (var slot = node.Op.Name == "Where" ? 1 : 0; slot < node.InputCount; slot++) Simplify(node, slot, analysis, cx);
            }
        }
    }

    static void Simplify(Node node, int slot, ShapeAnalysis analysis, PassContext cx)
    {
        if (node.Input(slot)?.Producer is not { } expand || !expand.Op.Is("Expand") || !ReferenceEquals(expand.Graph, node.Graph)) return;
        if (ReasonAgainst(node, slot, expand, analysis) is { } reason) cx.Skip(reason);
        else if (cx.Selects(node) && cx.TryStep(node, "broadcast without expanding"))
        {
            node.SetInput(slot, expand.Input(0));
            if (!expand.Output.HasUses) expand.Graph.RemoveNode(expand);
        }
    }

    static string? ReasonAgainst(Node node, int slot, Node expand, ShapeAnalysis analysis)
    {
        if (analysis.ShapeOf(expand.Input(0)) is not { } x || analysis.ShapeOf(expand.Output) is not { } expanded) return "the shape is not known";
        var others = new List<ImmutableArray<SymbolicInt>>();
        for (var i = 0; i < node.InputCount; i++)
        {
            if (i == slot) continue;
            if (analysis.ShapeOf(node.Input(i)) is not { } other) return "the shape is not known";
            others.Add(other);
        }
        if (others.Select(o => o.Length).Append(x.Length).Max() < expanded.Length) return "the result would have fewer axes";
        for (var back = 1; back <= expanded.Length; back++)
        {
            var extent = expanded[^back];
            if (back <= x.Length ? x[^back].Equals(extent) : extent.Is(1)) continue;
            // Another fixed extent than 1 is the result's, as the two have to fit.
            if (!others.Exists(o => back <= o.Length && (o[^back].Equals(extent) || o[^back].Constant is not (null or 1)))) return "the other value may be smaller";
        }
        return null;
    }
}
