namespace Onnxc.IR;

/// <summary>Makes nodes at one place of a graph; names them <c>prefix_n</c> with numbers that are never reused.</summary>
public sealed class GraphBuilder(Graph graph, Node? before = null, string prefix = "v")
{
    readonly List<Node> created = [];
    readonly List<Value> constants = [];

    public Graph Graph { get; } = graph;

    /// <summary>Nodes made so far, in order.</summary>
    public IReadOnlyList<Node> Created => created;

    /// <summary>Constants added so far, in order.</summary>
    public IReadOnlyList<Value> Constants => constants;

    /// <summary>Makes a node with one output and returns that.</summary>
    public Value Op(string name, ReadOnlySpan<Value?> inputs, params ReadOnlySpan<(string Name, AttributeValue Value)> attributes) =>
        Node(new OpId("", name), inputs, 1, attributes).Output;

    /// <summary>Makes a node with <paramref name="outputs"/> outputs.</summary>
    public Node Node(OpId op, ReadOnlySpan<Value?> inputs, int outputs, params ReadOnlySpan<(string Name, AttributeValue Value)> attributes)
    {
        var names = new string[outputs];
        for (var i = 0; i < outputs; i++) names[i] = Fresh();
        var map = new List<KeyValuePair<string, AttributeValue>>();
        foreach (var (name, value) in attributes) map.Add(new(name, value));
        var node = Graph.AddNode(op, inputs, names, map, Fresh(), before);
        created.Add(node);
        return node;
    }

    /// <summary>Adds a constant and returns it.</summary>
    public Value Constant(TensorData data)
    {
        var value = Graph.AddInitializer(Fresh(), data);
        if (value.Producer is { } node) created.Add(node);
        constants.Add(value);
        return value;
    }

    string Fresh() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{prefix}_{Graph.Model.NextId()}");
}
