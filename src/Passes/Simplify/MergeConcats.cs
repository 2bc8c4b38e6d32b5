using Onnxc.IR;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>Concat(…, Concat(a, b), …) -> Concat(…, a, b, …)</c> along the same axis where the inner one has no other use, and <c>Concat(x) -> x</c>.
/// Trees are flattened at once, from the outermost, so that long chains take linear time.
/// </summary>
[Pass("merge-concats", "Concat(…, Concat(a, b), …) -> Concat(…, a, b, …); Concat(x) -> x")]
public sealed class MergeConcats : ModelPass
{
    public override void Run(Model model, PassContext cx)
    {
        if (!model.AllNodes().Any(n => n.Op.Is("Concat"))) return;
        // Ranks tell whether a negative axis is the same as one counted from the front.
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        foreach (var graph in model.Bodies().Reverse().ToList()) Run(graph, cx);
    }

    static void Run(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes.Reverse().ToList())
        {
            if (node.IsRemoved || !node.Op.Is("Concat") || !node.Output.HasUses || !cx.Selects(node)) continue;
            if (node.InputCount == 1) Forward(node, cx);
            else Flatten(node, cx);
        }
    }

    static void Forward(Node node, PassContext cx)
    {
        if (!cx.TryStep(node, "remove a concatenation of one")) return;
        node.Graph.Substitute(node.Output, node.Input(0)!);
        node.Graph.RemoveNode(node);
    }

    static void Flatten(Node root, PassContext cx)
    {
        var inputs = new List<Value>();
        var merged = new List<Node>();
        var pending = new Stack<Value>(root.Inputs.Reverse().OfType<Value>());
        while (pending.TryPop(out var input))
        {
            if (input.Producer is not { } inner || !inner.Op.Is("Concat") || !ReferenceEquals(inner.Graph, root.Graph))
            {
                inputs.Add(input);
                continue;
            }
            if (ReasonAgainst(inner, root) is { } reason)
            {
                cx.Skip(reason);
                inputs.Add(input);
                continue;
            }
            merged.Add(inner);
            foreach (var value in inner.Inputs.Reverse()) pending.Push(value!);
        }
        if (merged.Count == 0 || !cx.TryStep(root, "merge concatenations")) return;

        var graph = root.Graph;
        var output = graph.AddNode(root.Op, inputs.ToArray(), [root.Output.Name], root.Attributes, root.Name, root).Output;
        output.Producer!.CopyMetadata(root);
        graph.Substitute(root.Output, output);
        graph.RemoveNode(root);
        // Found from the outside in, so that users go before what they use.
        foreach (var inner in merged) graph.RemoveNode(inner);
    }

    static string? ReasonAgainst(Node inner, Node root)
    {
        if (inner.Output.UseCount > 1) return "the inner concatenation is used elsewhere";
        var shape = inner.Output.Shape ?? root.Output.Shape;
        if (ConcatAxis.Of(inner, shape) is not { } axis || ConcatAxis.Of(root, shape) is not { } other) return "the axis is a parameter of the function";
        return axis == other ? null : "the axes differ";
    }
}
