using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Which nodes a constant value needs, or why it is not constant. Remembers what it has found. Values that have been computed already count as
/// constants from then on.
/// </summary>
sealed class ConstantCone
{
    const long MostIterations = 10_000;

    readonly Dictionary<Value, string?> reasons = [];
    readonly Dictionary<Value, TensorData> computed = [];

    public void Supply(Value value, TensorData data) => computed[value] = data;

    /// <summary>The data of a constant, or of a value that was computed before.</summary>
    public TensorData? DataOf(Value value) => value.Constant ?? computed.GetValueOrDefault(value);

    /// <summary>Why the value cannot be computed from constants; null when it can.</summary>
    public string? Reason(Value root)
    {
        var stack = new Stack<(Value Value, bool Done)>([(root, false)]);
        while (stack.TryPop(out var top))
        {
            var (value, done) = top;
            if (reasons.ContainsKey(value)) continue;
            if (value.Constant is not null)
            {
                reasons[value] = null;
                continue;
            }
            if (value.Producer is not { } producer)
            {
                reasons[value] = value.IsInitializer ? $"a caller can override `{value.Name}`" : $"it depends on input `{value.Name}`";
                continue;
            }
            var needs = Needs(producer);
            if (!done && needs.Any(n => !reasons.ContainsKey(n)))
            {
                stack.Push((value, true));
                foreach (var need in needs)
                    if (!reasons.ContainsKey(need)) stack.Push((need, false));
                continue;
            }
            // A need that still has no entry here lies on a cycle.
            var reason = Refuse(producer) ?? needs.Select(n => reasons.GetValueOrDefault(n, "it depends on itself")).FirstOrDefault(r => r is not null);
            foreach (var output in producer.Outputs) reasons[output] = reason;
        }
        return reasons[root];
    }

    /// <summary>
    /// Nodes that <paramref name="roots"/> need, producers first, without those in <paramref name="nodes"/>, to which this adds what it finds.
    /// Constants have no nodes.
    /// </summary>
    public IReadOnlyList<Node> Nodes(IEnumerable<Value> roots, HashSet<Node> nodes)
    {
        var order = new List<Node>();
        var stack = new Stack<(Node Node, bool Done)>();
        foreach (var root in roots)
        {
            if (DataOf(root) is null && root.Producer is { } node) stack.Push((node, false));
            while (stack.TryPop(out var top))
            {
                if (top.Done)
                {
                    order.Add(top.Node);
                    continue;
                }
                if (!nodes.Add(top.Node)) continue;
                stack.Push((top.Node, true));
                foreach (var need in Needs(top.Node))
                    if (DataOf(need) is null && need.Producer is { } producer) stack.Push((producer, false));
            }
        }
        return order;
    }

    public static List<Value> Needs(Node node)
    {
        var needs = new List<Value>();
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i) is { } value) needs.Add(value);
        foreach (var body in node.Subgraphs) needs.AddRange(GraphOrder.Captures(body));
        return needs;
    }

    static string? Refuse(Node node)
    {
        if (RandomOps.IsRandom(node)) return $"{node} draws random numbers";
        if (node.Op.Is("Loop") && !(node.Input(0)?.Constant is { Element: ElementType.Int64, ElementCount: 1 } trips && BitConverter.ToInt64(trips.Bytes) <= MostIterations))
            return $"nothing bounds the iterations of {node}";
        return HasParameters(node) ? $"{node} takes a parameter of its function" : null;
    }

    static bool HasParameters(Node node) =>
        node.Attributes.Any(a => a.Value is ReferenceAttribute) || node.Subgraphs.Any(b => b.Nodes.Any(HasParameters));
}
