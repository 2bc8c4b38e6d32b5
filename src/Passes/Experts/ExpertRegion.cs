using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Experts;

/// <summary>The nodes that one node of experts takes the place of.</summary>
sealed class ExpertRegion
{
    ExpertRegion(HashSet<Node> nodes, string? obstacle) => (Nodes, Obstacle) = (nodes, obstacle);

    /// <summary>All that was followed from the end up to tokens and router, the end included.</summary>
    public IReadOnlyCollection<Node> Nodes { get; }

    /// <summary>Why the nodes cannot go: something else uses what one of them computes.</summary>
    public string? Obstacle { get; }

    public static ExpertRegion Of(Node end, FoundExperts found)
    {
        var stops = new HashSet<Value> { found.Input, found.Router.Weights };
        if (found.Router.Indices is { } indices) stops.Add(indices);
        var nodes = Closure(end, stops);
        return new(nodes, ObstacleOf(end, nodes, found.Input));
    }

    /// <summary>Sums that hang together above <paramref name="end"/>, which no other sum need be looked for in.</summary>
    public static IReadOnlyCollection<Node> Chain(Node end)
    {
        var nodes = new HashSet<Node> { end };
        for (var node = end; node.Input(0)?.Producer is { } above && above.Op == end.Op && ReferenceEquals(above.Graph, end.Graph); node = above) nodes.Add(above);
        return nodes;
    }

    static HashSet<Node> Closure(Node end, HashSet<Value> stops)
    {
        var nodes = new HashSet<Node> { end };
        var pending = new Stack<Node>(nodes);
        while (pending.TryPop(out var node))
        {
            foreach (var input in node.Inputs)
                if (input is not null && !stops.Contains(input) && input.Producer is { } above && ReferenceEquals(above.Graph, end.Graph) && nodes.Add(above)) pending.Push(above);
        }
        return nodes;
    }

    // What depends on the tokens is the work of the experts; what the router makes may have other users.
    static string? ObstacleOf(Node end, HashSet<Node> nodes, Value input)
    {
        var pending = new Stack<Value>([input]);
        var seen = new HashSet<Node>();
        while (pending.TryPop(out var value))
        {
            foreach (var use in value.Uses)
            {
                if (use.Node is not { } node || !nodes.Contains(node) || node == end || !seen.Add(node) || node.Op.Is("Shape")) continue;
                foreach (var output in node.Outputs)
                {
                    if (output.IsGraphOutput) return "an interior value is a graph output";
                    if (output.Uses.Any(u => u.Node is not { } user || !nodes.Contains(user))) return "an interior value is used elsewhere";
                    pending.Push(output);
                }
            }
        }
        return null;
    }

    /// <summary>Takes nodes and constants away that nothing uses any more.</summary>
    public void RemoveUnused()
    {
        var pending = new Stack<Node>(Nodes);
        while (pending.TryPop(out var node))
        {
            if (node.IsRemoved || !Nodes.Contains(node) || node.Outputs.Any(o => o.HasUses)) continue;
            var inputs = node.Inputs.OfType<Value>().ToList();
            node.Graph.RemoveNode(node);
            foreach (var input in inputs)
            {
                if (input.Producer is { } above && !above.Op.Is("Constant")) pending.Push(above);
                else ValueStore.RemoveUnused(input);
            }
        }
    }
}
