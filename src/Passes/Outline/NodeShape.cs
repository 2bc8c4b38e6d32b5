using Onnxc.IR;
using Onnxc.Passes.Cleanup;

namespace Onnxc.Passes.Outline;

/// <summary>
/// Nodes have the same shape when all but the values they use agree: operator and its version, attributes, and which inputs and outputs
/// are left out.
/// </summary>
sealed class NodeShape : IEqualityComparer<Node>
{
    public bool Equals(Node? x, Node? y)
    {
        if (ReferenceEquals(x, y)) return true;
        if (x is null || y is null || x.Op != y.Op || x.Graph.Opsets[x.Op.Domain] != y.Graph.Opsets[y.Op.Domain]) return false;
        if (x.InputCount != y.InputCount || !NodeTraits.HaveSameOutputs(x, y)) return false;
        for (var i = 0; i < x.InputCount; i++)
            if (x.Input(i) is null != (y.Input(i) is null)) return false;
        return NodeTraits.HaveSameAttributes(x, y);
    }

    public int GetHashCode(Node node) =>
        HashCode.Combine(node.Op, node.Graph.Opsets[node.Op.Domain], node.InputCount, node.Outputs.Length, NodeTraits.HashOfAttributes(node));
}
