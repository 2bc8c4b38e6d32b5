using Onnxc.IR;

namespace Onnxc.Passes.ControlFlow;

/// <summary><c>If(true, a, b) -> a</c>, <c>If(false, a, b) -> b</c> and <c>If(c, a, a) -> a</c>: the branch's nodes take the node's place.</summary>
[Pass("eliminate-constant-if", "If(true, a, b) -> a; If(false, a, b) -> b; If(c, a, a) -> a")]
public sealed class EliminateConstantIf : GraphPass
{
    protected override void Run(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes)
        {
            if (!node.Op.Is("If") || !cx.Selects(node)) continue;
            if (Taken(node) is not { } branch) cx.Skip("the condition is not constant and the branches differ");
            else if (branch.Inputs.Count > 0 || branch.Outputs.Count < node.Outputs.Length) cx.Skip("the branch has a strange interface");
            else if (branch.Annotations.Count > 0) cx.Skip("the branch has quantization annotations");
            else if (FeedsRange(node, branch)) cx.Skip("a `Range` would see that its input may be a vector");
            else if (cx.TryStep(node, "take a branch")) Inline(node, branch);
        }
    }

    static Graph? Taken(Node node)
    {
        if ((node.Attributes["then_branch"], node.Attributes["else_branch"]) is not (GraphAttribute yes, GraphAttribute no)) return null;
        if (ConstantScalar.Bool(node.Input(0)) is { } condition) return condition ? yes.Value : no.Value;
        return new BodyEquality().AreEqual(yes.Value, no.Value) ? yes.Value : null;
    }

    // ONNX Runtime computes a Range of vectors with one element, but refuses to load it once it can infer their shape.
    static bool FeedsRange(Node node, Graph branch)
    {
        for (var i = 0; i < node.Outputs.Length; i++)
            if (branch.Outputs[i].Shape is not { Rank: 0 } && node.Outputs[i].Uses.Any(u => u.Node is { } user && user.Op.Is("Range"))) return true;
        return false;
    }

    static void Inline(Node node, Graph branch)
    {
        var copy = new BodyCopy(node.Graph, node);
        copy.Add(branch);
        copy.Replace(node, [.. branch.Outputs.Select(o => copy[o])]);
    }
}
