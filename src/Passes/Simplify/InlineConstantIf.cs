using Onnxc.IR;

namespace Onnxc.Passes.Simplify;

/// <summary><c>If(constant, then, else)</c> -> the nodes of the branch that is taken, in the place of the <c>If</c>.</summary>
[Pass("inline-constant-if", "If(constant, then, else) -> the nodes of the branch that is taken.")]
public sealed class InlineConstantIf : GraphPass
{
    protected override void Run(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes)
        {
            if (!node.Op.Is("If")) continue;
            if (node.Input(0)?.Constant is not { Element: ElementType.Bool, ElementCount: 1 } condition) cx.Skip("the condition is not constant");
            else if ((node.Attributes[condition.Bytes[0] != 0 ? "then_branch" : "else_branch"] as GraphAttribute)?.Value is not { } branch)
                cx.Skip("the branch is a parameter of the function");
            else if (branch.Outputs.Count != node.Outputs.Length || branch.Annotations.Count > 0) cx.Skip("the branch cannot be taken out");
            else if (cx.Selects(node) && cx.TryStep(node, "inline a branch")) Inline(node, branch);
        }
    }

    static void Inline(Node node, Graph branch)
    {
        var graph = node.Graph;
        foreach (var value in branch.Initializers.Where(v => v.HasUses).ToList())
        {
            var moved = graph.AddInitializer(value.Name, value.Initializer!);
            moved.SetType(value.Type, value.TypeIsInferred);
            value.ReplaceAllUsesWith(moved);
        }
        foreach (var inner in branch.Nodes.ToList()) Move(inner, graph, node);
        var made = branch.Outputs;
        for (var i = 0; i < node.Outputs.Length; i++) Forward(node.Outputs[i], made[i], node);
        graph.RemoveNode(node);
    }

    static void Move(Node inner, Graph graph, Node before)
    {
        var attributes = inner.Attributes.ToList();
        // A body belongs to one node: it must have left the old one when that is dropped.
        foreach (var (name, _) in attributes.Where(a => !a.Value.Graphs.IsEmpty)) inner.RemoveAttribute(name);
        var copy = graph.AddNode(inner.Op, [.. inner.Inputs], inner.Outputs.Select(o => o.Name), attributes, inner.Name, before);
        foreach (var (key, value) in inner.Metadata) copy.AddMetadata(key, value);
        foreach (var (old, output) in inner.Outputs.Zip(copy.Outputs))
        {
            output.SetType(old.Type, old.TypeIsInferred);
            old.ReplaceAllUsesWith(output);
        }
    }

    static void Forward(Value output, Value made, Node before)
    {
        if (!output.HasUses) return;
        if (output.IsGraphOutput)
        {
            // An output needs a node of its own, and keeps the type that it declares.
            made = output.Graph.AddNode(new OpId("", "Identity"), [made], [output.Name], before: before).Output;
            made.SetType(output.Type, output.TypeIsInferred);
        }
        output.ReplaceAllUsesWith(made);
    }
}
