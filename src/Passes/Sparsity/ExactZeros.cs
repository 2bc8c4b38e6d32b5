using Onnxc.IR;
using Onnxc.Passes.Experts;
using Onnxc.Passes.Fuse.Algebra;

namespace Onnxc.Passes.Sparsity;

/// <summary>
/// Tells which values of a graph hold exact zeros because the model chooses: behind a ReLU or a threshold, or times a mask or the weights of a router. Zeros
/// pass through what keeps them, such as an activation with f(0) = 0, a factor, or another shape.
/// </summary>
sealed class ExactZeros(Graph graph)
{
    // As far as a choice lies from what it is chosen from, and as deep as what keeps zeros is nested.
    const int Near = 4, MostNodes = 24;

    readonly Dictionary<Value, Value> activations = Clip.Activations.Of(graph).Where(a => !a.Output.Producer!.Op.Is("Softplus")).ToDictionary(a => a.Output, a => a.Input);
    readonly Dictionary<Value, bool> known = [];

    public bool In(Value? value) => In(value, MostNodes);

    /// <summary>True for what an activation gives times something, in whatever shape: it would be a gated block if it had zeros.</summary>
    public bool IsGated(Value value) => GatedProducts.Unshaped(value).Producer is { } times && times.Op.Is("Mul") && times.Inputs.Any(i => activations.ContainsKey(GatedProducts.Unshaped(i!)));

    bool In(Value? value, int left)
    {
        if (value?.Producer is not { } node || left == 0) return false;
        if (known.TryGetValue(value, out var found)) return found;
        return known[value] = Begins(node) || Passed(node).Any(v => In(v, left - 1));
    }

    // What gives zeros itself. A ReLU behind a product is one of a feed-forward block or of a router; those of convolutions are not asked for.
    static bool Begins(Node node) => node.Op switch
    {
        { Domain: "ai.onnxc", Name: "StatisticalTopK" } => true,
        { IsStandard: false } => false,
        { Name: "Relu" or "ThresholdedRelu" } => IsNearProduct(node.Input(0)!),
        { Name: "Max" } => node.Inputs.Any(i => Scalars.Read(i) == 0) && node.Inputs.Any(i => i is not null && IsNearProduct(i)),
        { Name: "Clip" } => Scalars.Read(node.Input(1)) == 0 && IsNearProduct(node.Input(0)!),
        { Name: "Where" } => (RoutingView.IsZero(node.Input(1)) && IsChoice(node.Input(0), node.Input(2))) || (RoutingView.IsZero(node.Input(2)) && IsChoice(node.Input(0), node.Input(1))),
        { Name: "Mul" } => IsMask(node.Input(0), node.Input(1)) || IsMask(node.Input(1), node.Input(0)),
        { Name: "ScatterElements" } => RoutingView.IsZero(node.Input(0)) && !node.Attributes.Has("reduction") && node.Input(1)?.Producer is { } top && top.Op.Is("TopK"),
        _ => false,
    };

    // What a zero of which is one of the result.
    IEnumerable<Value?> Passed(Node node)
    {
        if (activations.TryGetValue(node.Output, out var input)) return [input];
        if (node.Op.Name == "SimplifiedLayerNormalization") return [node.Input(0)];
        if (!node.Op.IsStandard) return [];
        return node.Op.Name switch
        {
            "Concat" or "Mul" => node.Inputs,
            "Pow" => Scalars.Read(node.Input(1)) > 0 ? [node.Input(0)] : [],
            "Abs" or "Cast" or "Div" or "Expand" or "Flatten" or "Identity" or "Neg" or "Reshape" or "RMSNormalization" or "Sqrt" or "Squeeze" or "Tile" or "Transpose" or "Unsqueeze" => [node.Input(0)],
            _ => [],
        };
    }

    static bool IsNearProduct(Value value) => Cone.Below(value, Near).Any(v => v.Producer is { } node && FfnBlocks.Read(node, FfnBlocks.LeastNeurons) is not null);

    static bool IsMask(Value? mask, Value? kept)
    {
        while (mask?.Producer is { } cast && cast.Op.Is("Cast")) mask = cast.Input(0);
        return mask?.ElementType is ElementType.Bool or null && IsChoice(mask, kept);
    }

    // A mask of another's making, such as one of padding, says nothing of how many are zero.
    static bool IsChoice(Value? condition, Value? kept)
    {
        while (condition?.Producer is { } not && not.Op.Is("Not")) condition = not.Input(0);
        if (kept is null || condition?.Producer is not { Op: { IsStandard: true, Name: "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual" } } compare) return false;
        return compare.Inputs.Any(i => Measured(i) is { } measured && (Cone.Below(measured, Near).Contains(kept) || Cone.Below(kept, Near).Contains(measured)));
    }

    static Value? Measured(Value? value) => value?.Producer is { } abs && abs.Op.Is("Abs") ? abs.Input(0) : value;
}
