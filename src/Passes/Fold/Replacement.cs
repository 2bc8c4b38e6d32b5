using Onnxc.IR;

namespace Onnxc.Passes.Fold;

/// <summary>Puts a constant in a value's place.</summary>
static class Replacement
{
    /// <summary>
    /// Makes every use of <paramref name="value"/> use a constant of its name, and removes its node when no output is used any more. In
    /// output slots an <c>Identity</c> of the constant stands, since outputs are made by nodes.
    /// </summary>
    public static void Install(Value value, TensorData data)
    {
        var (graph, node) = (value.Graph, value.Producer!);
        var constant = value.IsGraphOutput
            ? new GraphBuilder(graph, node, value.Name).Constant(data)
            : graph.AddInitializer(value.Name, data);
        constant.SetType(data.Type, inferred: true);
        if (value.IsGraphOutput)
        {
            var name = node.Outputs.Length == 1 ? node.Name : null;
            var copy = graph.AddNode(new OpId("", "Identity"), [constant], [value.Name], name: name, before: node).Output;
            copy.SetType(value.Type ?? data.Type, value.TypeIsInferred);
            foreach (var use in value.Uses.Where(u => u.IsGraphOutput)) use.User.SetOperand(use.Slot, copy);
        }
        value.ReplaceAllUsesWith(constant);
        if (node.Outputs.All(o => !o.HasUses)) graph.RemoveNode(node);
    }
}
