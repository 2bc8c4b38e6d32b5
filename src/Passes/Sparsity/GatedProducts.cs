using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Sparsity;

/// <summary>
/// Finds what decides in front of a product, <c>(g ⊙ f(x·U))·D</c> with zeros in g, f being nothing or SiLU: g has a number for each neuron, or for each
/// group of neighbouring ones, as the router of BlockFFN (Song et al., 2025) gives.
/// </summary>
static class GatedProducts
{
    const int MostNodes = 32;

    /// <summary>Null where there is no such gate, or more than the product depends on what lies between.</summary>
    public static SparseSite? Read(WeightSite down, ExactZeros zeros, ShapeAnalysis shapes)
    {
        var view = Unshaped(down.Input);
        if (view.Producer is not { } times || !times.Op.Is("Mul")) return null;
        for (var side = 0; side < 2; side++)
        {
            if (times.Input(side) is not { } spread || times.Input(1 - side) is not { } parts || !zeros.In(spread)) continue;
            var sent = Unshaped(parts);
            var before = Silu(sent);
            if (Unshaped(before ?? sent).Producer is not { } node || FfnBlocks.Read(node, 1) is not { Bias: null } up) continue;
            if (up.Channels != down.Reduced || up.Data.Element != down.Data.Element || up.CodeBits != down.CodeBits || Escapes(down, up)) continue;
            if (Gate(spread, parts, up, down, shapes) is { } gate) return new(down, null, up) { Gate = gate, Silu = before is not null };
        }
        return null;
    }

    static Value? Gate(Value spread, Value parts, WeightSite up, WeightSite down, ShapeAnalysis shapes)
    {
        var (x, hidden) = (up.Input, down.Input);
        if (ReferenceEquals(parts, Unshaped(parts)) && ReferenceEquals(hidden, Unshaped(hidden)))
            return Repeated(spread) is { } group ? IsFor(group, x, shapes) ? group : null : shapes.ShapeOf(spread) is null || shapes.ShapeOf(x) is null || IsFor(spread, x, shapes) ? spread : null;
        // Rows of neurons in groups, [.., G, F/G], times a column of gates, [.., G, 1].
        if (parts.Shape is not { Rank: >= 3 } shape || spread.Shape is not { } wide || wide.Rank != shape.Rank || wide.Dims[^1] is not { IsFixed: true, Extent: 1 } || wide.Dims[^2] != shape.Dims[^2]) return null;
        if (!shape.Dims[^2].IsFixed || !shape.Dims[^1].IsFixed || shape.Dims[^1].Extent * shape.Dims[^2].Extent != up.Channels || hidden.Shape?.Rank != x.Shape?.Rank) return null;
        return spread.Producer is { } added && added.Op.Name is "Unsqueeze" or "Reshape" && added.Op.IsStandard && added.Input(0) is { } gate && IsFor(gate, x, shapes) && gate.Shape!.Dims[^1] == shape.Dims[^2] ? gate : null;
    }

    // As `repeat_interleave` leaves it: [.., G], [.., G, 1], [.., G, F/G], [.., F].
    static Value? Repeated(Value spread)
    {
        if (spread.Producer is not { } joined || !joined.Op.Is("Reshape") || joined.Input(0) is not { Shape: { Rank: >= 2 } wide, Producer: { } repeat }) return null;
        if (!(repeat.Op.Is("Expand") || repeat.Op.Is("Tile")) || repeat.Input(0) is not { Shape: { } column, Producer: { } added } || !(added.Op.Is("Unsqueeze") || added.Op.Is("Reshape"))) return null;
        if (column.Rank != wide.Rank || column.Dims[^1] is not { IsFixed: true, Extent: 1 } || column.Dims[^2] != wide.Dims[^2] || !wide.Dims[^1].IsFixed || !wide.Dims[^2].IsFixed) return null;
        return added.Input(0) is { Shape: { Rank: >= 1 } shape } gate && shape.Dims[^1] == wide.Dims[^2] && spread.Shape is { } flat && flat.Rank == shape.Rank && flat.Dims[^1] == Dim.Fixed(wide.Dims[^1].Extent * wide.Dims[^2].Extent) ? gate : null;
    }

    // A row of gates for every row of x.
    static bool IsFor(Value gate, Value x, ShapeAnalysis shapes) =>
        shapes.ShapeOf(gate) is { Length: > 0 } gates && shapes.ShapeOf(x) is { Length: > 0 } rows && gates[..^1].SequenceEqual(rows[..^1]) && gates[^1].Constant is not null;

    // Nothing between the products may be asked for elsewhere: it is not computed any more.
    static bool Escapes(WeightSite down, WeightSite up)
    {
        var (between, pending) = (new HashSet<Node>(), new Stack<Node>([up.Node]));
        while (pending.TryPop(out var node))
            foreach (var use in node.Outputs.SelectMany(o => o.Uses))
                if (use.Node is not { } user || !ReferenceEquals(user.Graph, up.Node.Graph) || between.Count > MostNodes) return true;
                else if (user != down.Node && between.Add(user)) pending.Push(user);
        return down.Input.UseCount != 1;
    }

    /// <summary>What a value is before its shape was changed.</summary>
    public static Value Unshaped(Value value)
    {
        while (value.Producer is { } node && node.Op.Is("Reshape") && value.Constant is null) value = node.Input(0)!;
        return value;
    }

    static Value? Silu(Value value)
    {
        if (value.Producer is not { } node) return null;
        if (node.Op.Is("Swish") ? node.Attributes.Float("alpha", 1) == 1 : node.Op.Domain == "com.microsoft" && node.Op.Name == "QuickGelu" && node.Attributes.Float("alpha", 1.702f) == 1) return node.Input(0);
        if (!node.Op.Is("Mul")) return null;
        for (var side = 0; side < 2; side++)
            if (node.Input(1 - side)?.Producer is { } sigmoid && sigmoid.Op.Is("Sigmoid") && ReferenceEquals(sigmoid.Input(0), node.Input(side))) return node.Input(side);
        return null;
    }
}
