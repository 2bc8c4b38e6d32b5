using Onnxc.IR;

namespace Onnxc.Passes.Fuse.Algebra;

/// <summary>Arithmetic around a node, near enough to belong to one formula with it.</summary>
static class Cone
{
    const int MostNodes = 24;

    /// <summary>
    /// The node itself when it is arithmetic, and arithmetic nodes that use what it makes, directly or through others of them: the
    /// farthest first.
    /// </summary>
    public static IEnumerable<Node> Above(Node anchor, int depth)
    {
        var levels = new OrderedDictionary<Node, int> { [anchor] = 0 };
        var pending = new Queue<Node>([anchor]);
        while (pending.TryDequeue(out var node) && levels.Count < MostNodes)
        {
            if (levels[node] == depth || node.Output.UseCount > MostNodes) continue;
            foreach (var use in node.Output.Uses)
            {
                if (use.Node is not { } user || !ReferenceEquals(user.Graph, anchor.Graph) || !Formula.IsArithmetic(user)) continue;
                // The longest path counts: what uses the sum of two branches is beyond both.
                levels[user] = Math.Max(levels.GetValueOrDefault(user), levels[node] + 1);
                pending.Enqueue(user);
            }
        }
        return levels.OrderByDescending(l => l.Value).Select(l => l.Key);
    }

    /// <summary>
    /// What <paramref name="value"/> is computed from by arithmetic, itself included: the farthest first, no constants.
    /// </summary>
    public static IReadOnlyList<Value> Below(Value value, int depth)
    {
        var levels = new OrderedDictionary<Value, int> { [value] = 0 };
        var pending = new Queue<Value>([value]);
        while (pending.TryDequeue(out var at) && levels.Count < MostNodes)
        {
            if (levels[at] == depth || at.Producer is not { } node || !ReferenceEquals(node.Graph, value.Producer?.Graph)) continue;
            if (!Formula.IsArithmetic(node)) continue;
            foreach (var input in node.Inputs)
                if (input is { Constant: null } && levels.TryAdd(input, levels[at] + 1)) pending.Enqueue(input);
        }
        return [.. levels.Keys.Reverse()];
    }

    /// <summary>
    /// Why <paramref name="nodes"/> cannot give way to one that makes the output of <paramref name="target"/>, which is one of them; null
    /// when nothing else of theirs is used elsewhere.
    /// </summary>
    public static string? Escape(IReadOnlyCollection<Node> nodes, Node target)
    {
        foreach (var node in nodes)
        {
            if (ReferenceEquals(node, target)) continue;
            foreach (var output in node.Outputs)
                foreach (var use in output.Uses)
                {
                    if (use.Node is null) return "an interior value is a graph output";
                    if (!nodes.Contains(use.Node)) return "an interior value is used elsewhere";
                }
        }
        return null;
    }
}
