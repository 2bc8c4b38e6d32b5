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
        if (x.InputCount != y.InputCount || x.Outputs.Length != y.Outputs.Length || x.Attributes.Count != y.Attributes.Count) return false;
        for (var i = 0; i < x.InputCount; i++)
            if (x.Input(i) is null != (y.Input(i) is null)) return false;
        for (var i = 0; i < x.Outputs.Length; i++)
            if (x.Outputs[i].Name.Length == 0 != (y.Outputs[i].Name.Length == 0)) return false;
        foreach (var (name, value) in x.Attributes)
            if (!value.Equals(y.Attributes[name])) return false;
        return true;
    }

    public int GetHashCode(Node node)
    {
        // Attributes have no order, and a tensor's content is read only where all else agrees.
        var attributes = 0;
        foreach (var (name, value) in node.Attributes)
            attributes += HashCode.Combine(name, value is TensorAttribute t ? ConstantSketch.Of(t.Value).GetHashCode() : value.GetHashCode());
        return HashCode.Combine(node.Op, node.Graph.Opsets[node.Op.Domain], node.InputCount, node.Outputs.Length, attributes);
    }
}
