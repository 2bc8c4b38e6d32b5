using Onnxc.IR;

namespace Onnxc.Passes.Sparsity;

/// <summary>Products of a graph by the block that they stand in, with what the block makes. Blocks end where one value holds all that goes on.</summary>
static class OutputBlocks
{
    /// <summary>
    /// The blocks of a graph with products among <paramref name="sites"/>: an attention, and the feed-forward part behind it, together. Products behind the last value
    /// that holds everything are in none.
    /// </summary>
    public static IReadOnlyList<(IReadOnlyList<SparseSite> Sites, Value Output)> In(Graph graph, IReadOnlyList<SparseSite> sites)
    {
        var blocks = new List<(List<SparseSite> Sites, Value Output, bool Attends)>();
        var (open, attends) = (new List<SparseSite>(), false);
        var byNode = sites.Where(s => ReferenceEquals(s.Product.Node.Graph, graph)).ToDictionary(s => s.Product.Node);
        var (from, left) = (new HashSet<Value>(), new Dictionary<Value, int>());
        var starts = byNode.Count == 0 ? [] : Above(graph.Nodes.First(byNode.ContainsKey).Input(0)!);
        foreach (var input in graph.Inputs.Where(starts.Contains)) Hold(input);
        foreach (var node in graph.Nodes)
        {
            if (byNode.TryGetValue(node, out var site)) open.Add(site);
            attends |= open.Count > 0 && Attends(node, from);
            foreach (var input in node.Inputs)
                if (input is not null && left.TryGetValue(input, out var uses) && (left[input] = uses - 1) == 0) left.Remove(input);
            // What an extent tells goes on everywhere, and holds no numbers.
            var follows = site is not null || (!node.Op.Is("Shape") && node.Inputs.Any(i => i is not null && from.Contains(i)));
            foreach (var output in node.Outputs.Where(o => follows || starts.Contains(o))) Hold(output);
            if (open.Count == 0 || left.Count != 1 || left.Keys.Single() is not { ElementType: ElementType.Float or null } held || !node.Outputs.Contains(held)) continue;
            if (blocks is [.., { Attends: true } before] && !attends) blocks[^1] = ([.. before.Sites, .. open], held, false);
            else blocks.Add((open, held, attends));
            (open, attends) = ([], false);
        }
        return [.. blocks.Select(b => ((IReadOnlyList<SparseSite>)b.Sites, b.Output))];

        void Hold(Value value)
        {
            if (value.Uses.Count(u => u.Node is not null) is not (> 0 and var uses)) return;
            from.Add(value);
            left[value] = uses;
        }
    }

    // What the first block starts from comes from no product yet, but goes on beside what its products make.
    static HashSet<Value> Above(Value input)
    {
        var (found, pending) = (new HashSet<Value>(), new Stack<Value>([input]));
        while (pending.TryPop(out var value))
            if (value is { Constant: null, ElementType: ElementType.Float or null } && found.Add(value))
                foreach (var before in value.Producer?.Inputs.OfType<Value>() ?? []) pending.Push(before);
        return found;
    }

    // A product of two values that both come from products.
    static bool Attends(Node node, HashSet<Value> from) =>
        node.Op.Name.EndsWith("Attention", StringComparison.Ordinal) || (node.Op.Name is "MatMul" or "FusedMatMul" or "Einsum" && node.InputCount > 1 && node.Inputs.Take(2).All(i => i is not null && from.Contains(i)));
}
