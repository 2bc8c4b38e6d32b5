using Onnxc.IR;

namespace Onnxc.Passes.Cleanup;

/// <summary>Nodes are equal when operator, inputs, attributes and the set of outputs are: they compute the same if they are pure.</summary>
sealed class NodeEquality : IEqualityComparer<Node>
{
    public bool Equals(Node? x, Node? y)
    {
        if (ReferenceEquals(x, y)) return true;
        if (x is null || y is null || x.Op != y.Op) return false;
        for (var i = 0; i < Math.Max(x.InputCount, y.InputCount); i++)
            if (!ReferenceEquals(x.Input(i), y.Input(i))) return false;
        return NodeTraits.HaveSameOutputs(x, y) && NodeTraits.HaveSameAttributes(x, y);
    }

    public int GetHashCode(Node node)
    {
        var hash = new HashCode();
        hash.Add(node.Op);
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i) is { } value) hash.Add(HashCode.Combine(i, value.Id));
        hash.Add(NodeTraits.HashOfAttributes(node));
        return hash.ToHashCode();
    }
}
