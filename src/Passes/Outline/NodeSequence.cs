using Onnxc.IR;
using Onnxc.Passes.Cleanup;

namespace Onnxc.Passes.Outline;

/// <summary>
/// The nodes of all bodies in one row, each body in a topological order, as they stand or depth first. A run of it within one body is convex: no path leaves it and comes
/// back. Constants are left out, so that it does not matter where they stand and how they are written.
/// </summary>
sealed class NodeSequence
{
    /// <summary>Where an input comes from: a node before, by its distance, and which of its outputs.</summary>
    public readonly record struct Source(int Position, int Output);

    static readonly Source Outside = new(-1, 0);

    readonly List<Node?> nodes = [];
    readonly List<int> kinds = [];
    readonly List<Source[]> sources = [];
    readonly Dictionary<Node, int> positions = [];

    public NodeSequence(Model model, PassContext cx, bool depthFirst, bool report)
    {
        var purity = new Purity(model);
        var known = new Dictionary<Node, int>(new NodeShape());
        foreach (var body in model.Bodies())
        {
            var annotated = body.Annotations.Select(a => a.Target.Producer).OfType<Node>().ToHashSet();
            foreach (var node in depthFirst ? DepthFirst(body) : [.. body.Nodes])
            {
                if (node.Op.Is("Constant")) continue;
                positions[node] = nodes.Count;
                var reason = annotated.Contains(node) ? "the node has a quantization annotation" : ReasonAgainst(node, purity);
                if (reason is not null && report) cx.Skip(reason);
                var stays = reason is not null || !cx.Selects(node);
                if (stays || !known.TryGetValue(node, out var kind)) kind = nodes.Count;
                if (!stays) known.TryAdd(node, kind);
                nodes.Add(node);
                kinds.Add(kind);
                sources.Add([.. node.Inputs.Select(i => i?.Producer is { } p && positions.TryGetValue(p, out var at) ? new Source(at, i.OutputIndex) : Outside)]);
            }
            // A gap that nothing equals keeps runs within one body.
            kinds.Add(nodes.Count);
            nodes.Add(null);
            sources.Add([]);
        }
        var counts = kinds.CountBy(k => k).ToDictionary();
        for (var i = 0; i < kinds.Count; i++)
            if (counts[kinds[i]] == 1) kinds[i] = -1;
    }

    public int Count => nodes.Count;

    public Node this[int position] => nodes[position]!;

    /// <summary>Position of a user of a value; -1 when that is none of the nodes.</summary>
    public int PositionOf(Use use) => use.User is Node node && positions.TryGetValue(node, out var position) ? position : -1;

    /// <summary>True for a node that no other has the shape of.</summary>
    public bool IsUnique(int position) => kinds[position] < 0;

    /// <summary>Inputs of a node as they look from a run that begins at <paramref name="start"/>: what comes from before is outside.</summary>
    public IEnumerable<(int Slot, Source Source)> Inside(int start, int position)
    {
        var all = sources[position];
        for (var i = 0; i < all.Length; i++)
            if (all[i].Position >= start) yield return (i, all[i]);
    }

    /// <summary>True when the nodes at <paramref name="offset"/> of two runs have the same shape and use the same of their runs.</summary>
    public bool Agree(int start, int other, int offset)
    {
        var (a, b) = (start + offset, other + offset);
        if (b >= kinds.Count || a >= kinds.Count || kinds[a] < 0 || kinds[a] != kinds[b]) return false;
        var (x, y) = (sources[a], sources[b]);
        for (var i = 0; i < x.Length; i++)
        {
            var (p, q) = (x[i].Position - start, y[i].Position - other);
            if (p < 0 != (q < 0) || (p >= 0 && (p != q || x[i].Output != y[i].Output))) return false;
        }
        return true;
    }

    /// <summary>What <see cref="Agree"/> compares, as a number that is likely to differ where that does.</summary>
    public ulong Hash(int start, int offset)
    {
        var hash = Mix(0x9E3779B97F4A7C15, (ulong)kinds[start + offset]);
        foreach (var (position, output) in sources[start + offset])
            hash = Mix(hash, position < start ? 0 : ((ulong)(uint)(position - start + 1) << 16) + (uint)output);
        return hash;
    }

    public static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 0xD6E8FEB86659FD93;
        return hash ^ (hash >> 32);
    }

    /// <summary>
    /// Producers right before the first of their users, in the order of its inputs: branches that an exporter mixes up in another way in
    /// every layer come apart.
    /// </summary>
    static List<Node> DepthFirst(Graph body)
    {
        var order = new List<Node>(body.Nodes.Count);
        var seen = new HashSet<Node>(body.Nodes.Count);
        var stack = new Stack<(Node Node, IEnumerator<Node> Producers)>();
        foreach (var root in body.Outputs.Select(o => o.Producer).OfType<Node>().Where(p => ReferenceEquals(p.Graph, body)).Concat(body.Nodes.Reverse()))
        {
            if (!seen.Add(root)) continue;
            stack.Push((root, GraphOrder.Producers(root, body).GetEnumerator()));
            while (stack.TryPeek(out var top))
            {
                if (!top.Producers.MoveNext()) order.Add(stack.Pop().Node);
                else if (seen.Add(top.Producers.Current)) stack.Push((top.Producers.Current, GraphOrder.Producers(top.Producers.Current, body).GetEnumerator()));
            }
        }
        return order;
    }

    static string? ReasonAgainst(Node node, Purity purity)
    {
        if (purity.ReasonAgainst(node) is { } reason) return reason;
        if (node.Attributes.Any(a => a.Value is ReferenceAttribute)) return "an attribute is a parameter of the function";
        return node.Graph.Opsets.Has(node.Op.Domain) ? null : "the operator's domain is not imported";
    }
}
