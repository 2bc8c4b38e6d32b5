using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>Puts a node in the place of another one.</summary>
static class NodeReplacement
{
    /// <summary>Puts another operator with the same outputs in the place of <paramref name="node"/>.</summary>
    public static void ReplaceBy(this Node node, OpId op, ReadOnlySpan<Value?> inputs, params IEnumerable<KeyValuePair<string, AttributeValue>> attributes)
    {
        var made = node.Graph.AddNode(op, inputs, node.Outputs.Select(o => o.Name), attributes, node.Name, node);
        made.CopyMetadata(node);
        foreach (var (old, value) in node.Outputs.Zip(made.Outputs))
        {
            value.SetType(old.Type, old.TypeIsInferred);
            old.ReplaceAllUsesWith(value);
        }
        node.Graph.RemoveNode(node);
    }

    /// <summary>The same for an operator of the standard.</summary>
    public static void ReplaceBy(this Node node, string op, ReadOnlySpan<Value?> inputs, params IEnumerable<KeyValuePair<string, AttributeValue>> attributes) =>
        node.ReplaceBy(new OpId("", op), inputs, attributes);
}
