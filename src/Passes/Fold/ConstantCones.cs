using Onnxc.IR;
using Onnxc.Passes.Cleanup;

namespace Onnxc.Passes.Fold;

/// <summary>
/// The nodes of a graph that depend on constants alone, and the values where these cones end: those that other nodes use. Found in two
/// walks, one forwards for what can be computed, one backwards for what is worth it: where a result would be too large, its node stays,
/// and the cones end at its inputs.
/// </summary>
sealed class ConstantCones
{
    // Interior results only cost time and memory; this bounds both.
    const long LargestInterior = 1L << 28;

    readonly FoldConstants.Options options;
    readonly PassContext cx;
    readonly Purity purity;
    readonly HashSet<Node> computable = [];
    readonly DyingConstants dying = new();

    public ConstantCones(Graph graph, FoldConstants.Options options, PassContext cx)
    {
        (this.options, this.cx) = (options, cx);
        purity = new Purity(graph.Model);
        var nodes = new List<Node>();
        foreach (var node in graph.Nodes)
        {
            if (!IsComputable(node)) continue;
            computable.Add(node);
            dying.Add(node);
            nodes.Add(node);
        }
        var frontier = new List<Value>();
        foreach (var node in nodes.AsEnumerable().Reverse())
        {
            var ends = node.Outputs.Where(HasUseOutside).ToList();
            if (ends.All(v => IsWorthwhile(v, v.Shape?.ElementCount, Bytes(v)))) frontier.AddRange(ends.AsEnumerable().Reverse());
            else
            {
                cx.Skip("the result is too large");
                computable.Remove(node);
            }
        }
        frontier.Reverse();
        Frontier = frontier;
        // What was unused before stays: removing it is another pass's work.
        Nodes = [.. nodes.Where(n => computable.Contains(n) && n.Outputs.Any(o => o.HasUses))];
    }

    /// <summary>Values to compute, in graph order.</summary>
    public IReadOnlyList<Value> Frontier { get; }

    /// <summary>Nodes that go once their outputs have no uses, in graph order.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>Largest result that can be worthwhile, in elements.</summary>
    public long MaxElements => Frontier.Select(v => v.Shape?.ElementCount ?? 0).Append(options.MaxElements).Max();

    /// <summary>Bytes that a result adds to the model, net of the constants that die with it.</summary>
    public long Growth(Value value, long bytes) => Math.Max(0, bytes - dying.BytesOf(value.Producer!));

    /// <summary>
    /// True when the result is no larger than the constants that die with it, or within both limits. Unknown sizes pass for now.
    /// </summary>
    public bool IsWorthwhile(Value value, long? elements, long? bytes)
    {
        var freed = dying.BytesOf(value.Producer!);
        return bytes <= freed || (!(elements > options.MaxElements) && !(bytes - freed > options.MaxGrowth));
    }

    bool IsComputable(Node node)
    {
        if (node.Op.Is("Constant") || node.Outputs.IsEmpty) return false;
        var overridable = false;
        for (var i = 0; i < node.InputCount; i++)
        {
            if (node.Input(i) is not { } input || input.Constant is not null) continue;
            if (input.Producer is { } producer && computable.Contains(producer)) continue;
            if (!input.IsInitializer) return false;
            overridable = true;
        }
        // From here on a node that stays is one that might have been folded: say why.
        if (overridable) return Refuse("an input can be overridden by the caller");
        if (node.Subgraphs.Any()) return Refuse("the node holds subgraphs");
        if (node.Graph.Model.Functions[node.Op] is not null) return Refuse("the node calls a function");
        if (purity.ReasonAgainst(node) is { } reason) return Refuse(reason);
        // Computing these would undo the quantization of a weight, or hide it from the runtime's fusions.
        if (node.Op.Name is "QuantizeLinear" or "DequantizeLinear") return Refuse("the node quantizes or dequantizes a constant");
        if (node.Attributes.Any(a => a.Value is ReferenceAttribute)) return Refuse("an attribute is a parameter of the function");
        if (node.Outputs.Any(o => o.Type is not null and not TensorType)) return Refuse("the result is not a tensor");
        if (node.Op.Is("Identity") && node.Output.IsGraphOutput) return false;
        if (node.Outputs.Any(o => o.IsGraphOutput && !CanBeCopied(o))) return Refuse("the result could not be copied to the output");
        return cx.Selects(node) && node.Outputs.All(o => !(o.Shape?.ElementCount > LargestInterior));
    }

    // A folded graph output becomes an Identity of the constant: it needs the domain, and a kernel for the type.
    static bool CanBeCopied(Value output) =>
        output.Graph.Opsets.Has("") && output.ElementType is not (ElementType.Int4 or ElementType.UInt4 or ElementType.Int2 or ElementType.UInt2
            or ElementType.Float4E2M1 or ElementType.Float8E8M0);

    bool Refuse(string reason)
    {
        cx.Skip(reason);
        return false;
    }

    bool HasUseOutside(Value value) => value.Uses.Any(u => u.Node is not { } user || !computable.Contains(user));

    static long? Bytes(Value value) =>
        value.Shape?.ElementCount is { } count && value.ElementType is { } element ? element.ByteLength(count) : null;
}
