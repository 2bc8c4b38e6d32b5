using Onnxc.IR;

namespace Onnxc.Passes.Activations;

/// <summary>Nodes of one graph by the places that they have in it now.</summary>
sealed class NodePlaces
{
    readonly Dictionary<Node, int> places = [];

    public NodePlaces(Graph graph)
    {
        foreach (var node in graph.Nodes) places[node] = places.Count;
    }

    /// <summary>All nodes, in the order of the graph; those that have been removed since are among them.</summary>
    public IEnumerable<Node> Nodes => places.Keys;

    /// <summary>-1 for none, and for a node of another graph.</summary>
    public int Of(Node? node) => node is not null && places.TryGetValue(node, out var place) ? place : -1;

    public bool Contains(Node node) => places.ContainsKey(node);

    /// <summary>What was made last.</summary>
    public Value Latest(IEnumerable<Value> values) => values.MaxBy(v => Of(v.Producer))!;

    public IEnumerable<Node> InOrder(IEnumerable<Node> nodes) => nodes.OrderBy(Of);
}
