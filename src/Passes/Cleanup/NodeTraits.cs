using Onnxc.IR;

namespace Onnxc.Passes.Cleanup;

/// <summary>What nodes have in common apart from the values that they use.</summary>
static class NodeTraits
{
    /// <summary>
    /// The same outputs are asked for. Which optional ones are can change what a node computes: BatchNormalization below version 14 trains for
    /// more than one.
    /// </summary>
    public static bool HaveSameOutputs(Node x, Node y)
    {
        if (x.Outputs.Length != y.Outputs.Length) return false;
        for (var i = 0; i < x.Outputs.Length; i++)
            if (x.Outputs[i].Name.Length == 0 != (y.Outputs[i].Name.Length == 0)) return false;
        return true;
    }

    public static bool HaveSameAttributes(Node x, Node y)
    {
        if (x.Attributes.Count != y.Attributes.Count) return false;
        foreach (var (name, value) in x.Attributes)
            if (!value.Equals(y.Attributes[name])) return false;
        return true;
    }

    /// <summary>Attributes have no order, and a tensor's content is read only where all else agrees.</summary>
    public static int HashOfAttributes(Node node)
    {
        var hash = 0;
        foreach (var (name, value) in node.Attributes)
            hash += HashCode.Combine(name, value is TensorAttribute t ? ConstantSketch.Of(t.Value).GetHashCode() : value.GetHashCode());
        return hash;
    }
}
