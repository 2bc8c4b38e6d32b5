using Onnxc.IR;

namespace Onnxc.Passes.Fuse.Algebra;

/// <summary>What every rule that puts one operator in the place of a formula asks for, and how it writes operators of ONNX Runtime's own.</summary>
static class Recognition
{
    const string Contrib = "com.microsoft";

    /// <summary>
    /// Element type of <paramref name="value"/>, from the numbers that it is computed with where types are not inferred: in functions.
    /// </summary>
    public static ElementType? Element(Value value, int depth = 4)
    {
        if (value.ElementType is { } known || depth == 0) return value.ElementType;
        if (value.Producer is not { } node || !Formula.IsArithmetic(node)) return null;
        // The exponent of a power may be of another type.
        var operands = node.Op.Is("Pow") ? node.Inputs.Take(1) : node.Inputs;
        return operands.Select(o => o is null ? null : Element(o, depth - 1)).FirstOrDefault(e => e is not null);
    }

    /// <summary>The operator of the default domain since <paramref name="version"/>, before that ONNX Runtime's own of another name.</summary>
    public static OpId Operator(Graph graph, string name, long version, string contrib) =>
        graph.Opsets[""] >= version ? new("", name) : new(Contrib, contrib);

    /// <summary>Why <paramref name="target"/>, computed from <paramref name="x"/> and numbers alone by <paramref name="nodes"/>, cannot give way to one operator of <paramref name="op"/>.</summary>
    public static string? Obstacle(IReadOnlyCollection<Node> nodes, Node target, Value x, OpId op)
    {
        if (target.Graph.Model.Functions[op] is not null) return "a local function has the name of the operator";
        if (Cone.Escape(nodes, target) is { } escape) return escape;
        return KeepsRank(nodes, target, x) ? null : "the rank is not known";
    }

    /// <summary>Makes a node of <paramref name="op"/>, and imports its domain.</summary>
    public static Value Make(GraphBuilder b, OpId op, ReadOnlySpan<Value?> inputs, params ReadOnlySpan<(string Name, AttributeValue Value)> attributes)
    {
        b.Graph.Import(op.Domain, 1);
        return b.Node(op, inputs, 1, attributes).Output;
    }

    // Numbers of one element widen nothing, unless they have more axes than what they meet.
    public static bool KeepsRank(IReadOnlyCollection<Node> nodes, Node target, Value x) =>
        (x.Shape is { } from && target.Output.Shape is { } to && from.Rank == to.Rank)
        || nodes.All(n => n.Inputs.All(i => i?.Constant is not { } data || data.Dims.IsEmpty));
}
