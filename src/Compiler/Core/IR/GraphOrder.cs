namespace Onnxc.IR;

/// <summary>Topological order of a graph's nodes, captures of nested bodies included.</summary>
public static class GraphOrder
{
    /// <summary>
    /// Puts producers before their users. Files may list nodes in any order; passes rely on this one. Stable: nodes that are in order
    /// already keep their places. Returns a node on a cycle when there is one, and then changes nothing.
    /// </summary>
    public static Node? Sort(Graph graph)
    {
        if (IsSorted(graph)) return null;
        var state = new Dictionary<Node, bool>(graph.Nodes.Count);
        var order = new List<Node>(graph.Nodes.Count);
        var stack = new Stack<(Node Node, IEnumerator<Node> Producers)>();
        foreach (var root in graph.Nodes)
        {
            if (state.ContainsKey(root)) continue;
            state[root] = false;
            stack.Push((root, Producers(root, graph).GetEnumerator()));
            while (stack.TryPeek(out var top))
            {
                if (top.Producers.MoveNext())
                {
                    var producer = top.Producers.Current;
                    if (!state.TryGetValue(producer, out var done))
                    {
                        state[producer] = false;
                        stack.Push((producer, Producers(producer, graph).GetEnumerator()));
                    }
                    else if (!done) return producer;
                    continue;
                }
                stack.Pop();
                state[top.Node] = true;
                order.Add(top.Node);
            }
        }
        graph.Nodes.Reorder(order);
        graph.Touch();
        return null;
    }

    public static bool IsSorted(Graph graph)
    {
        var seen = new HashSet<Node>(graph.Nodes.Count);
        foreach (var node in graph.Nodes)
        {
            foreach (var producer in Producers(node, graph))
                if (!seen.Contains(producer)) return false;
            seen.Add(node);
        }
        return true;
    }

    /// <summary>Nodes of <paramref name="graph"/> that <paramref name="node"/> needs, by its inputs or through its subgraphs.</summary>
    public static IEnumerable<Node> Producers(Node node, Graph graph)
    {
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i)?.Producer is { } producer && ReferenceEquals(producer.Graph, graph)) yield return producer;
        foreach (var body in node.Subgraphs)
            foreach (var captured in Captures(body))
                if (captured.Producer is { } producer && ReferenceEquals(producer.Graph, graph)) yield return producer;
    }

    /// <summary>Values from outside that <paramref name="body"/> or a body nested in it uses, each once, in order of first use.</summary>
    public static IReadOnlyCollection<Value> Captures(Graph body)
    {
        var captures = new OrderedDictionary<Value, bool>();
        var inner = new HashSet<Graph>();
        var pending = new Stack<Graph>([body]);
        var bodies = new List<Graph>();
        while (pending.TryPop(out var graph))
        {
            inner.Add(graph);
            bodies.Add(graph);
            foreach (var nested in graph.Nodes.SelectMany(n => n.Subgraphs)) pending.Push(nested);
        }
        foreach (var graph in bodies)
        {
            foreach (var node in graph.Nodes)
                for (var i = 0; i < node.InputCount; i++)
                    if (node.Input(i) is { } value && !inner.Contains(value.Graph)) captures.TryAdd(value, true);
            foreach (var value in graph.Outputs)
                if (!inner.Contains(value.Graph)) captures.TryAdd(value, true);
        }
        return captures.Keys;
    }
}
