using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>
/// Follows tokens through the nodes of a graph, from the input of a block to where they are pooled, and finds what depends on their number or
/// order. A node in the way that does not keep tokens apart is an obstacle if tokens were merged before it.
/// </summary>
sealed class TokenFlow
{
    readonly Dictionary<Value, TokenLayout> layouts = [];
    readonly List<TokenSite> sites = [];
    readonly SortedSet<int> kept = [];
    readonly HashSet<Value> merging;
    readonly Graph graph;

    /// <param name="graph">The graph.</param>
    /// <param name="start">Tokens that come in.</param>
    /// <param name="tokenAxis">The axis that counts them.</param>
    /// <param name="merging">Values whose tokens are merged.</param>
    /// <param name="mask">What tells padding from real tokens.</param>
    public TokenFlow(Graph graph, Value start, int tokenAxis, IEnumerable<Value> merging, TokenMask? mask)
    {
        (this.graph, this.merging, Mask) = (graph, [.. merging], mask);
        var shape = start.Shape!;
        Settle(start, new([.. shape.Dims.Select((d, axis) => ImmutableArray.Create(Factor(d, axis == tokenAxis ? FactorKind.Token : axis < 2 ? FactorKind.Batch : FactorKind.Other)))]), null);
        if (mask is not null) Settle(mask.Root, new([[Factor(mask.Root.Shape![0], FactorKind.Batch)], [Factor(mask.Root.Shape[1], FactorKind.Token)]]), null);
        var first = mask is null && start.Producer is { } producer && ReferenceEquals(producer.Graph, graph) ? producer.NextNode : graph.Nodes.First;
        for (var node = first; node is not null && Obstacle is null; node = node.NextNode) Visit(node);
    }

    /// <summary>What tells padding from real tokens; null where there is no padding.</summary>
    public TokenMask? Mask { get; }

    /// <summary>The node that stands in the way of merging, and why; null when nothing does.</summary>
    public (Node? Node, string Reason)? Obstacle { get; private set; }

    /// <summary>What has to change with the number of tokens, in the order of the graph.</summary>
    public IReadOnlyList<TokenSite> Sites => sites;

    /// <summary>Places of tokens that the model picks out, so that they may not merge.</summary>
    public IReadOnlySet<int> Kept => kept;

    public TokenLayout? LayoutOf(Value? value) => value is null ? null : layouts.GetValueOrDefault(value);

    public void Add(TokenSite site) => sites.Add(site);

    /// <summary>Notes that the first <paramref name="count"/> tokens are picked out or cut off.</summary>
    public void Keep(int first, int count)
    {
        for (var i = first; i < first + count; i++) kept.Add(i);
    }

    void Visit(Node node)
    {
        var inputs = node.Inputs.Select(LayoutOf).ToList();
        var body = node.Subgraphs.Any() ? Captured(node) : null;
        if (body is null && inputs.TrueForAll(l => l is null)) return;
        var isMerged = body?.IsMerged == true || inputs.Exists(l => l?.IsMerged == true);
        var (outputs, reason) = body is not null ? ([], "it has a body that works on tokens") : new TokenTransfer(this, node, inputs).Apply();
        if (reason is not null)
        {
            if (isMerged) Obstacle = (node, reason);
            return;
        }
        for (var i = 0; i < node.Outputs.Length; i++)
            if (i < outputs.Count && outputs[i] is { } layout) Settle(node.Outputs[i], layout, node);
            else if (isMerged && i >= outputs.Count && node.Outputs[i].HasUses) Obstacle = (node, "an output beside the first is in use");
    }

    static AxisFactor Factor(Dim dim, FactorKind kind) => TokenLayout.Plain(dim)[0] with { Kind = kind };

    // What a body takes from here without being told.
    TokenLayout? Captured(Node node) =>
        layouts.Where(l => l.Value.HasTokens && l.Key.Uses.Any(u => u.Node is { } user && IsInside(user.Graph, node))).Select(l => l.Value).MaxBy(l => l.IsMerged);

    static bool IsInside(Graph inner, Node node)
    {
        for (var g = inner; g is not null; g = g.EnclosingGraph)
            if (ReferenceEquals(g.Owner, node)) return true;
        return false;
    }

    void Settle(Value value, TokenLayout layout, Node? node)
    {
        if (!layout.HasTokens) return;
        if (layout.IsMerged && value.IsGraphOutput)
        {
            Obstacle = (node, Obstacles.Public);
            return;
        }
        if (merging.Contains(value))
            layout = new([.. layout.Axes.Select(a => a is [{ IsToken: true } tokens] ? [tokens with { Stage = tokens.Stage + 1 }] : a)]);
        layouts[value] = layout;
    }
}
