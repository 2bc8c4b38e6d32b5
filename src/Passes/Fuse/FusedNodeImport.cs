using Onnxc.IR;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// Takes nodes of an optimised graph over into the graph that it was made from. Values that have the same name in both are the same; what a node needs
/// beyond those, constants and a few nodes that prepare its inputs, comes with it.
/// </summary>
sealed class FusedNodeImport
{
    // What prepares inputs: a cast of a mask, a merged weight. More would be a part of the model that was rewritten as a whole.
    const int MostHelpers = 8;

    readonly Graph graph;
    readonly FusedNodeImport? enclosing;
    readonly Dictionary<string, Value> named = new(StringComparer.Ordinal);
    readonly Dictionary<Node, double> positions = [];
    readonly HashSet<string> nodeNames;

    /// <summary>For a graph, nested in that of <paramref name="enclosing"/> unless this is null.</summary>
    public FusedNodeImport(Graph graph, FusedNodeImport? enclosing = null)
    {
        (this.graph, this.enclosing) = (graph, enclosing);
        foreach (var value in graph.Inputs.Concat(graph.Initializers).Concat(graph.Nodes.SelectMany(n => n.Outputs)))
            if (value.Name.Length > 0) named.TryAdd(value.Name, value);
        foreach (var node in graph.Nodes) positions[node] = positions.Count;
        nodeNames = enclosing?.nodeNames ?? graph.Model.AllNodes().Select(n => n.Name).OfType<string>().ToHashSet(StringComparer.Ordinal);
    }

    public Value? Find(string name) => named.GetValueOrDefault(name) ?? enclosing?.Find(name);

    /// <summary>The node of this graph before which the fused node belongs: the first that makes one of its outputs. Null when none does.</summary>
    public Node? Site(Node fused) =>
        fused.Outputs.Where(o => o.HasUses).Select(o => Find(o.Name)?.Producer).OfType<Node>().Where(positions.ContainsKey).MinBy(n => positions[n]);

    /// <summary>Why the fused node cannot take its place; null when it can.</summary>
    public string? ReasonAgainst(Node fused, Node site)
    {
        if (fused.Outputs.Any(o => o.HasUses && (Find(o.Name)?.Producer is not { } producer || !positions.ContainsKey(producer)))) return "an output is not in the model";
        var helpers = 0;
        return fused.Inputs.OfType<Value>().All(i => CanResolve(i, site, ref helpers)) ? null : "an input is not in the model, or comes later";
    }

    /// <summary>Puts the fused node in front of <paramref name="site"/>, and removes what nothing needs any more.</summary>
    public void Replace(Node fused, Node site)
    {
        graph.Import(fused.Op.Domain, fused.Graph.Opsets[fused.Op.Domain]);
        var copy = Copy(fused, site);
        var dead = new Stack<Node>();
        for (var i = 0; i < fused.Outputs.Length; i++)
        {
            if (!fused.Outputs[i].HasUses || Find(fused.Outputs[i].Name) is not { } old) continue;
            copy.Outputs[i].SetType(old.Type, old.TypeIsInferred);
            graph.Substitute(old, copy.Outputs[i]);
            named[old.Name] = copy.Outputs[i];
            dead.Push(old.Producer!);
        }
        while (dead.TryPop(out var node))
        {
            if (node.IsRemoved || !ReferenceEquals(node.Graph, graph) || node.Outputs.Any(o => o.HasUses)) continue;
            Node[] producers = [.. node.Inputs.Select(i => i?.Producer).OfType<Node>()];
            graph.RemoveNode(node);
            foreach (var producer in producers) dead.Push(producer);
        }
    }

    bool CanResolve(Value value, Node site, ref int helpers)
    {
        if (Find(value.Name) is { } known) return known.Producer is not { } producer || !ReferenceEquals(known.Graph, graph) || positions[producer] < positions[site];
        if (value.Constant is not null) return true;
        if (value.Producer is not { } helper || helper.Subgraphs.Any() || ++helpers > MostHelpers || !graph.Opsets.Has(helper.Op.Domain)) return false;
        foreach (var input in helper.Inputs)
            if (input is not null && !CanResolve(input, site, ref helpers)) return false;
        return true;
    }

    Node Copy(Node node, Node site)
    {
        Value?[] inputs = [.. node.Inputs.Select(i => i is null ? null : Resolve(i, site))];
        var name = node.Name is { Length: > 0 } given && nodeNames.Add(given) ? given : null;
        var copy = graph.AddNode(node.Op, inputs, node.Outputs.Select(o => o.Name), node.Attributes, name, site);
        // Just before the site, after what stands before that.
        positions[copy] = positions[site] - 0.5;
        copy.CopyMetadata(site);
        return copy;
    }

    Value Resolve(Value value, Node site)
    {
        if (Find(value.Name) is { } known) return known;
        if (value.Constant is { } data) return named[value.Name] = new GraphBuilder(graph, site, "fused").Constant(data);
        var helper = Copy(value.Producer!, site);
        foreach (var output in helper.Outputs) named.TryAdd(output.Name, output);
        return helper.Outputs[value.OutputIndex];
    }
}
