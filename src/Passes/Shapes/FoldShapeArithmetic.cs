using Onnxc.IR;
using Onnxc.Passes.Fold;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Shapes;

/// <summary>
/// <c>Gather(Shape(x), i) -> constant</c> where the extent is fixed, and <c>-> v</c> where an earlier value of the same graph has the same
/// elements in every run. Extents are compared as polynomials over the axes of the model's inputs, so that it does not matter by which
/// operators they were computed.
/// </summary>
[Pass("fold-shape-arithmetic", "f(extents) -> constant where the extents are fixed; f(extents) -> an earlier value that is always equal.")]
public sealed class FoldShapeArithmetic : ModelPass
{
    public override void Run(Model model, PassContext cx)
    {
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        var analysis = new ShapeAnalysis(model);
        foreach (var graph in model.Bodies().ToList()) Fold(graph, analysis, cx);
    }

    static void Fold(Graph graph, ShapeAnalysis analysis, PassContext cx)
    {
        var known = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            if (node.Op.Is("Constant") || node.Outputs is not [{ HasUses: true } output]) continue;
            if (analysis.ElementsOf(output) is not { } elements || Contradicts(output, elements)) continue;
            if (elements.ToData() is { } data)
            {
                // An output has to be made by a node: that one is left.
                if (node.Op.Is("Identity") && output.IsGraphOutput) cx.Skip("a graph output has to be made by a node");
                else if (cx.Selects(node) && cx.TryStep(node, "fold shape arithmetic")) Replacement.Install(output, data);
            }
            else if (known.TryAdd(elements.Key, output)) cx.Skip("the extents are not fixed");
            else if (output.IsGraphOutput) cx.Skip("the value is a graph output");
            else if (cx.Selects(node) && cx.TryStep(node, "reuse an equal value", known[elements.Key]))
            {
                output.ReplaceAllUsesWith(known[elements.Key]);
                graph.RemoveNode(node);
            }
        }
    }

    static bool Contradicts(Value value, SmallTensor elements)
    {
        var shape = elements.IsScalar ? Shape.Scalar : new Shape([(Dim)elements.Length]);
        return value.TensorType is { } type && !type.IsCompatibleWith(new TensorType(elements.Element, shape));
    }
}
