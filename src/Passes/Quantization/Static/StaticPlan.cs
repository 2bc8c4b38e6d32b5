using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Decides where a graph runs on integers: at weighted nodes, and on through what runs on integers as well, as long as it ends at another
/// weighted node. Nothing is changed.
/// </summary>
sealed class StaticPlan
{
    // Values some consumer of which would take integers.
    readonly HashSet<Value> demanded = [];

    // Values all of whose consumers will see the quantized form.
    readonly Dictionary<Value, Value> quantized = [];
    readonly List<Step> steps = [];

    /// <param name="Input">The activation that a weighted node takes; null for others.</param>
    /// <param name="Result">The value to quantize for all of its consumers; null when the result stays as it is.</param>
    /// <param name="Range">The value whose range the result has.</param>
    public sealed record Step(Node Node, Value? Input, Value? Result, Value? Range);

    /// <param name="isWanted">Whether a weighted node is to be quantized, and can be.</param>
    public StaticPlan(Graph graph, Predicate<Node> isWanted)
    {
        foreach (var node in graph.Nodes.Reverse()) Demand(node, isWanted);
        foreach (var node in graph.Nodes) Plan(node, isWanted);
    }

    /// <summary>In topological order.</summary>
    public IReadOnlyList<Step> Steps => steps;

    /// <summary>Values whose range has to be known.</summary>
    public IEnumerable<Value> Observed => steps.SelectMany(s => new[] { s.Input is { } x ? quantized.GetValueOrDefault(x, x) : null, s.Range }).OfType<Value>().Distinct();

    /// <summary>The value that <paramref name="value"/> has its range from.</summary>
    public Value RangeOf(Value value) => quantized.GetValueOrDefault(value, value);

    void Demand(Node node, Predicate<Node> isWanted)
    {
        var role = Roles.Of(node);
        if (role == Role.Weighted && isWanted(node)) demanded.Add(node.Input(0)!);
        else if (role is Role.Integer or Role.Moves or Role.Bounds && node.Outputs.Any(demanded.Contains))
            foreach (var input in node.Inputs.Take(role == Role.Integer ? node.InputCount : 1))
                if (input is { Constant: null }) demanded.Add(input);
    }

    void Plan(Node node, Predicate<Node> isWanted)
    {
        switch (Roles.Of(node))
        {
            case Role.Weighted when isWanted(node):
                var end = End(node);
                // A convolution without a quantized result runs on floats; a matrix product does not need one.
                if (!node.Op.Is("Conv") && !demanded.Contains(end)) end = null;
                if (end is not null) quantized[end] = end;
                steps.Add(new(node, node.Input(0)!, end, end));
                break;
            case Role.Integer when node.Inputs.All(x => x is null || quantized.ContainsKey(x)) && End(node) is var result && demanded.Contains(result):
                quantized[result] = result;
                steps.Add(new(node, null, result, result));
                break;
            case Role.Moves when node.Input(0) is { } x && quantized.TryGetValue(x, out var range) && demanded.Contains(node.Output):
                quantized[node.Output] = range;
                steps.Add(new(node, null, node.Output, range));
                break;
        }
    }

    // Bounds that follow are set by the quantization itself, so it comes after them.
    static Value End(Node node)
    {
        var end = node.Output;
        while (end is { SingleUse: { User: Node next, Slot: 0 }, IsGraphOutput: false } && Roles.Of(next) == Role.Bounds && next.Graph == node.Graph) end = next.Output;
        return end;
    }
}
