using Onnxc.IR;
using Onnxc.Passes.Fuse.Algebra;

namespace Onnxc.Passes.Activations;

/// <summary>
/// A function of single numbers as a graph computes it, be it one operator or spelled out: nodes between one value and another one, with constants of
/// one element beside them. So every way to write an activation looks the same.
/// </summary>
sealed class PointwiseFunction
{
    const int MostNodes = 24;

    // Where two functions are compared.
    const double Reach = 8, Step = 0.37;

    readonly List<(Func<double[], double> Operation, int[] Operands, int Result)> steps = [];
    readonly double[] constants;
    readonly Dictionary<Value, int> slots;

    PointwiseFunction(Value x, IEnumerable<Node> nodes)
    {
        X = x;
        Nodes = [.. nodes];
        slots = new() { [x] = 0 };
        var known = new List<double> { 0 };
        foreach (var node in Nodes)
        {
            var operands = new List<int>();
            foreach (var input in node.Inputs)
            {
                if (input is null) continue;
                if (!slots.TryGetValue(input, out var slot))
                {
                    slots[input] = slot = known.Count;
                    known.Add(Scalars.Read(input)!.Value);
                }
                operands.Add(slot);
            }
            slots[node.Output] = known.Count;
            steps.Add((PointwiseOperators.Of(node)!, [.. operands], known.Count));
            known.Add(0);
        }
        constants = [.. known];
    }

    public Value X { get; }

    public Value Output => Nodes[^1].Output;

    /// <summary>In the order of the graph.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>The node by which the function is selected and named.</summary>
    public Node Anchor => Nodes.FirstOrDefault(PointwiseOperators.IsCostly) ?? Nodes[^1];

    /// <summary>Functions of one graph that are worth a substitute, none of which shares a node with another one.</summary>
    public static IEnumerable<PointwiseFunction> In(Graph graph) => In(graph, PointwiseOperators.IsCostly, MostNodes);

    /// <summary>Functions with at least one node of a kind.</summary>
    public static IEnumerable<PointwiseFunction> In(Graph graph, Func<Node, bool> isCore, int mostNodes)
    {
        var places = new NodePlaces(graph);
        var taken = new HashSet<Node>();
        // From the end, so that a formula is seen before its parts.
        var found = new List<PointwiseFunction>();
        foreach (var node in places.Nodes.Reverse())
            if (!taken.Contains(node) && EndingAt(node, places, isCore, mostNodes) is { } function)
            {
                taken.UnionWith(function.Nodes);
                found.Add(function);
            }
        found.Reverse();
        return found;
    }

    public double Evaluate(double x) => Evaluate(Output, x);

    /// <summary>What <paramref name="value"/> of its graph is.</summary>
    public double Evaluate(Value value, double x)
    {
        var values = (double[])constants.Clone();
        values[0] = x;
        foreach (var (operation, operands, result) in steps) values[result] = operation(Array.ConvertAll(operands, o => values[o]));
        return values[slots[value]];
    }

    /// <summary>True where two functions give the same numbers, as far as they are looked at.</summary>
    public static bool AreSame(Func<double, double> first, Func<double, double> second)
    {
        for (var x = -Reach; x < Reach; x += Step)
            if (!(Math.Abs(first(x) - second(x)) <= 1e-5)) return false;
        return true;
    }

    /// <summary>Puts what <paramref name="make"/> makes of <see cref="X"/> in its place.</summary>
    public void Replace(Func<GraphBuilder, Value> make)
    {
        var made = make(new GraphBuilder(Nodes[^1].Graph, Nodes[^1], "fused"));
        made.SetType(Output.Type, Output.TypeIsInferred);
        made.Producer!.CopyMetadata(Anchor);
        Output.ReplaceAllUsesWith(made);
        KanLayer.Remove(made.Producer.Graph, [.. Nodes]);
    }

    // The shortest part that ends at a node, begins at a single value, and has a node of the kind in it.
    static PointwiseFunction? EndingAt(Node last, NodePlaces places, Func<Node, bool> isCore, int mostNodes)
    {
        var (open, nodes) = (new HashSet<Value> { last.Output }, new HashSet<Node>());
        while (nodes.Count < mostNodes)
        {
            var next = places.Latest(open);
            if (next.Producer is not { } node || !places.Contains(node) || PointwiseOperators.Of(node) is null) return null;
            // What the end of the function hides nobody else may see.
            if (node != last && next.Uses.Any(u => u.Node is null || !nodes.Contains(u.Node))) return null;
            open.Remove(next);
            nodes.Add(node);
            foreach (var input in node.Inputs)
                if (input is not null && Scalars.Read(input) is null) open.Add(input);
            if (open.Count == 0) return null;
            if (open.Count == 1 && nodes.Any(isCore)) return new(open.Single(), places.InOrder(nodes));
        }
        return null;
    }
}
