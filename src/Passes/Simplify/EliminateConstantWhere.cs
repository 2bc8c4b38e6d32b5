using Onnxc.IR;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>Where(true, a, b) -> a</c>, <c>Where(false, a, b) -> b</c> and <c>Where(c, a, a) -> a</c> where what is left has the shape of the result.
/// Not for floating-point numbers: ONNX Runtime joins what it takes from either side by what is not zero, so that -0 becomes 0.
/// </summary>
[Pass("eliminate-constant-where", "Where(true, a, b) -> a; Where(false, a, b) -> b; Where(c, a, a) -> a, for integers and the like")]
public sealed class EliminateConstantWhere : ModelPass
{
    // Larger masks are data; reading them all would cost more than it gives.
    const long LargestConstant = 1 << 20;

    public override void Run(Model model, PassContext cx)
    {
        if (!model.AllNodes().Any(n => n.Op.Is("Where"))) return;
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        var analysis = new ShapeAnalysis(model);
        foreach (var graph in model.Bodies().ToList())
        {
            foreach (var node in graph.Nodes)
            {
                if (!node.Op.Is("Where") || !node.Output.HasUses || !cx.Selects(node)) continue;
                if (Chosen(node) is not { } value)
                {
                    if (node.Input(0)?.Constant is not null) cx.Skip("the condition is not the same everywhere");
                }
                else if (analysis.ShapeOf(value) is not { } shape || analysis.ShapeOf(node.Output) is not { } result || !shape.SequenceEqual(result))
                    cx.Skip("the other value may widen the shape");
                else if (value.ElementType is not { } type || type.IsFloatingPoint()) cx.Skip("ONNX Runtime gives a zero another sign");
                else if (cx.TryStep(node, "take one of two values")) Replace(node, value);
            }
        }
    }

    static Value? Chosen(Node node)
    {
        if (ReferenceEquals(node.Input(1), node.Input(2))) return node.Input(1);
        if (node.Input(0)?.Constant is not { Element: ElementType.Bool, ElementCount: > 0 and <= LargestConstant } condition || condition is SparseTensor) return null;
        var bytes = condition.Bytes;
        if (bytes.IndexOfAnyExcept((byte)0) < 0) return node.Input(2);
        return bytes.Contains((byte)0) ? null : node.Input(1);
    }

    static void Replace(Node node, Value value)
    {
        node.Graph.Substitute(node.Output, value);
        node.Graph.RemoveNode(node);
    }
}
