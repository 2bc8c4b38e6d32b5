using Onnxc.IR;

namespace Onnxc.Passes.Cleanup;

/// <summary>Nodes are equal when operator, inputs, attributes and the set of outputs are: they compute the same if they are pure.</summary>
sealed class NodeEquality : IEqualityComparer<Node>
{
    public bool Equals(Node? x, Node? y)
    {
        if (ReferenceEquals(x, y)) return true;
        if (x is null || y is null || x.Op != y.Op || x.Attributes.Count != y.Attributes.Count) return false;
        for (var i = 0; i < Math.Max(x.InputCount, y.InputCount); i++)
            if (!ReferenceEquals(x.Input(i), y.Input(i))) return false;

        // Which optional outputs are asked for can change what a node computes: BatchNormalization below version 14 trains for more
        // than one.
        if (x.Outputs.Length != y.Outputs.Length) return false;
        for (var i = 0; i < x.Outputs.Length; i++)
            if (x.Outputs[i].Name.Length == 0 != (y.Outputs[i].Name.Length == 0)) return false;

        foreach (var (name, value) in x.Attributes)
            if (!value.Equals(y.Attributes[name])) return false;
        return true;
    }

    public int GetHashCode(Node node)
    {
        var hash = new HashCode();
        hash.Add(node.Op);
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i) is { } value) hash.Add(HashCode.Combine(i, value.Id));

        // Attributes have no order, and a tensor's content is read only where all else agrees.
        var attributes = 0;
        foreach (var (name, value) in node.Attributes)
            attributes += HashCode.Combine(name, value is TensorAttribute t ? Sketch(t.Value) : value.GetHashCode());
        hash.Add(attributes);
        return hash.ToHashCode();
    }

    static int Sketch(TensorData tensor) => ConstantSketch.Of(tensor).GetHashCode();
}
