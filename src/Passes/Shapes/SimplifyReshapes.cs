using Onnxc.IR;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Shapes;

/// <summary>
/// Operators that provably change nothing go; <c>Reshape</c> gets a constant operand (fixed extents, 0 for copied ones, at most one -1)
/// where that makes the same shape in every run; of <c>Reshape</c>s, <c>Squeeze</c>s and <c>Unsqueeze</c>s on top of each other one is left, and none
/// around a <c>MatMul</c> by a matrix, which flattens by itself.
/// </summary>
[Pass("simplify-reshapes", "Reshape(x, shape(x)) -> x; Reshape(Reshape(x)) -> Reshape(x); Reshape(x, computed) -> Reshape(x, constant).")]
public sealed class SimplifyReshapes : ModelPass
{
    public override void Run(Model model, PassContext cx)
    {
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        var analysis = new ShapeAnalysis(model);
        foreach (var graph in model.Bodies().ToList())
        {
            var operands = new Dictionary<string, Value>(StringComparer.Ordinal);
            foreach (var node in graph.Nodes) Simplify(node, analysis, operands, cx);
        }
    }

    static void Simplify(Node node, ShapeAnalysis analysis, Dictionary<string, Value> operands, PassContext cx)
    {
        if (node.Op.Domain.Length > 0 || node.Outputs is not [{ HasUses: true } output] || node.Input(0) is not { } x) return;
        if (Neutral.Source(analysis, node) is { } source)
        {
            if (ReasonAgainst(output, source) is { } reason) cx.Skip(reason);
            else if (cx.Selects(node) && cx.TryStep(node, "remove an operator that changes nothing")) Forward(output, source);
            return;
        }
        if (!Neutral.Reinterprets(node)) return;
        if (Absorb(node, analysis, operands, cx) || Multiply(node, analysis, cx)) return;
        if (!node.Op.Is("Reshape") || node.Input(1) is not { Constant: null } || node.Attributes.Int("allowzero", 0) != 0) return;

        if (analysis.ShapeOf(x) is not { } shape || ReshapeRule.Target(analysis, node) is not { } target) cx.Skip("the shape is not known");
        else if (ReshapeRule.Express(target, shape, true, out var why) is not { } operand) cx.Skip(why);
        else if (cx.Selects(node) && cx.TryStep(node, "make the shape a constant")) node.SetInput(1, Operand(node.Graph, operand, operands));
    }

    /// <summary>Replaces a node and the reinterpretation below it, which nothing else uses, by one <c>Reshape</c>.</summary>
    static bool Absorb(Node node, ShapeAnalysis analysis, Dictionary<string, Value> operands, PassContext cx)
    {
        var (inner, version) = (node.Input(0)!.Producer, node.Graph.Opsets[""]);
        if (inner is null || version < 5 || !ReferenceEquals(inner.Graph, node.Graph) || !Neutral.Reinterprets(inner)) return false;
        if (analysis.ShapeOf(inner.Input(0)) is not { } shape || analysis.ShapeOf(node.Output) is not { } target) return false;
        if (inner.Output.SingleUse is null) cx.Skip("the reshaped value has other uses");
        else if (ReshapeRule.Express(target, shape, false, out var reason) is not { } operand) cx.Skip(reason);
        else if (cx.Selects(node) && cx.TryStep(node, "reshape once"))
        {
            var (graph, output) = (node.Graph, node.Output);
            var shapeOperand = Operand(graph, operand, operands);
            var merged = graph.AddNode(new OpId("", "Reshape"), [inner.Input(0), shapeOperand], [output.Name], name: node.Name, before: node);
            merged.Output.SetType(output.Type, output.TypeIsInferred);
            analysis.Copy(output, merged.Output);
            output.ReplaceAllUsesWith(merged.Output);
            graph.RemoveNode(node);
            graph.RemoveNode(inner);
            return true;
        }
        return false;
    }

    /// <summary><c>Reshape(MatMul(Reshape(x), w)) -> MatMul(x, w)</c> where the reshapes flatten rows and part them again.</summary>
    static bool Multiply(Node node, ShapeAnalysis analysis, PassContext cx)
    {
        if (FlattenedProduct.Find(analysis, node) is not { } operands || !cx.Selects(node)) return false;
        if (!cx.TryStep(node, "multiply without flattening")) return false;
        var (graph, output, product) = (node.Graph, node.Output, node.Input(0)!.Producer!);
        var merged = graph.AddNode(new OpId("", "MatMul"), [operands.X, operands.Weight], [output.Name], name: product.Name, before: node);
        merged.Output.SetType(output.Type, output.TypeIsInferred);
        analysis.Copy(output, merged.Output);
        output.ReplaceAllUsesWith(merged.Output);
        var flat = product.Input(0)!.Producer!;
        graph.RemoveNode(node);
        graph.RemoveNode(product);
        if (!flat.Output.HasUses) graph.RemoveNode(flat);
        return true;
    }

    static Value Operand(Graph graph, long[] values, Dictionary<string, Value> operands)
    {
        var key = string.Join(',', values);
        if (operands.TryGetValue(key, out var known) && known.HasUses) return known;
        return operands[key] = new GraphBuilder(graph, graph.Nodes.First, "shape").Constant(TensorData.Int64s(values, values.Length));
    }

    /// <summary>Outputs have to be made by nodes of the graph, each by its own.</summary>
    static string? ReasonAgainst(Value output, Value source)
    {
        if (output.Type is { } type && source.Type is { } other && !type.IsCompatibleWith(other)) return "the types contradict each other";
        if (!output.IsGraphOutput) return null;
        if (!ReferenceEquals(source.Graph, output.Graph)) return "the output would be a value of the enclosing graph";
        if (source.IsInitializer) return "the output would be an initializer";
        if (source.IsGraphInput) return "the output would be an input";
        return source.IsGraphOutput ? "two outputs would be the same value" : null;
    }

    static void Forward(Value output, Value source)
    {
        // What the interface declares stays as it is.
        if (source.Type is null || (output.IsGraphOutput && output.Type is not null)) source.SetType(output.Type, output.TypeIsInferred);
        var node = output.Producer!;
        output.ReplaceAllUsesWith(source);
        node.Graph.RemoveNode(node);
    }
}
