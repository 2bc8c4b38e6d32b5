using Onnxc.IR;

namespace Onnxc.Passes.ControlFlow;

/// <summary>
/// Tells whether two bodies compute the same, node by node in the same order. Bodies that draw random numbers are equal too: each draws its
/// own either way.
/// </summary>
sealed class BodyEquality
{
    readonly Dictionary<Value, Value> same = [];

    public bool AreEqual(Graph a, Graph b)
    {
        if (a.Nodes.Count != b.Nodes.Count || a.Inputs.Count != b.Inputs.Count || a.Outputs.Count != b.Outputs.Count) return false;
        foreach (var (p, q) in a.Inputs.Zip(b.Inputs))
        {
            if (p.IsInitializer || q.IsInitializer) return false;
            same[p] = q;
        }
        foreach (var (m, n) in a.Nodes.Zip(b.Nodes))
            if (!AreEqual(m, n)) return false;
        return a.Outputs.Zip(b.Outputs).All(p => AreEqual(p.First, p.Second, a));
    }

    bool AreEqual(Node m, Node n)
    {
        if (m.Op != n.Op || m.InputCount != n.InputCount || m.Outputs.Length != n.Outputs.Length || m.Attributes.Count != n.Attributes.Count) return false;
        for (var i = 0; i < m.InputCount; i++)
            if (m.Input(i) is { } p ? !(n.Input(i) is { } q && AreEqual(p, q, m.Graph)) : n.Input(i) is not null) return false;
        foreach (var (name, value) in m.Attributes)
            if (!AreEqual(value, n.Attributes[name])) return false;
        foreach (var (p, q) in m.Outputs.Zip(n.Outputs))
        {
            if (p.Name.Length == 0 != (q.Name.Length == 0)) return false;
            same[p] = q;
        }
        return true;
    }

    bool AreEqual(AttributeValue a, AttributeValue? b)
    {
        if (a.Graphs.IsEmpty) return a.Equals(b);
        return b is not null && a.Kind == b.Kind && a.Graphs.Length == b.Graphs.Length && a.Graphs.Zip(b.Graphs).All(g => AreEqual(g.First, g.Second));
    }

    bool AreEqual(Value a, Value b, Graph graph)
    {
        if (same.TryGetValue(a, out var counterpart)) return ReferenceEquals(counterpart, b);
        if (ReferenceEquals(a, b)) return true;
        // Initializers of the two bodies correspond by content.
        return ReferenceEquals(a.Graph, graph) && a.Constant is { } data && b.Constant is { } other && data.ContentEquals(other);
    }
}
