using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>How the weights of a layer come about, where it is the way that ONNX Runtime's operators have: softmax, then the largest.</summary>
/// <param name="Logits">Scores before the softmax, [T, E].</param>
/// <param name="IsNormalized">The weights of the chosen are divided by their sum.</param>
/// <param name="Factor">What they are multiplied by in the end.</param>
sealed record ExpertRouter(Value Logits, bool IsNormalized, float Factor)
{
    // Beside sums of probabilities, of which one is 1/E at least, such a number is lost in rounding.
    const float Negligible = 1e-9f;

    const int MostNodes = 24;

    /// <summary>Null where the weights come about in another way.</summary>
    public static ExpertRouter? Of(ExpertLayer layer)
    {
        if (Scattered(layer.Weights) is not var (indices, weights)) return layer.Selected == layer.Experts && Softmax(layer.Weights) is { } all ? new(all, false, 1) : null;
        if (indices.Producer is not { } topK || !topK.Op.Is("TopK") || indices.OutputIndex != 1 || topK.Input(0) is not { } scores) return null;
        if (topK.Attributes.Int("largest", 1) != 1 || topK.Attributes.Int("axis", -1) is not (-1 or 1)) return null;
        var (chosen, factor) = Scaled(weights);
        if (ReferenceEquals(chosen, topK.Outputs[0])) return Softmax(scores) is { } plain ? new(plain, false, factor) : null;
        // The softmax over the chosen is that over all, divided by the sum of the chosen.
        if (Softmax(chosen) is { } late && ReferenceEquals(late, topK.Outputs[0])) return new(scores, true, factor);
        return Normalized(chosen) is { } divided && ReferenceEquals(divided, topK.Outputs[0]) && Softmax(scores) is { } logits ? new(logits, true, factor) : null;
    }

    /// <summary>Indices and weights of the chosen, where the weights of all are put together from them.</summary>
    public static (Value Indices, Value Weights)? Scattered(Value weights) =>
        weights.Producer is { } scatter && scatter.Op.Is("ScatterElements") && RoutingView.Of(weights) is { Weights: { } chosen } view ? (view.Indices, chosen) : null;

    static Value? Softmax(Value value) =>
        value.Producer is { } node && node.Op.Is("Softmax") && node.Attributes.Int("axis", -1) is -1 or 1 ? node.Input(0) : null;

    static (Value, float) Scaled(Value value)
    {
        if (value.Producer is not { } node || !node.Op.Is("Mul")) return (value, 1);
        for (var slot = 0; slot < 2; slot++)
            if (Number(node.Input(slot)) is { } factor && node.Input(1 - slot) is { } scaled) return (scaled, factor);
        return (value, 1);
    }

    // v/Σv, the sum over the last axis, with or without a number that keeps it from zero.
    static Value? Normalized(Value value)
    {
        if (value.Producer is not { } node || !node.Op.Is("Div") || node.Input(0) is not { } numerator || node.Input(1)?.Producer is not { } sum) return null;
        if (sum.Op.Is("Add") && Number(sum.Input(1)) is { } epsilon && Math.Abs(epsilon) <= Negligible && sum.Input(0)?.Producer is { } inner) sum = inner;
        return sum.Op.Is("ReduceSum") && ReferenceEquals(sum.Input(0), numerator) && sum.Attributes.Int("keepdims", 1) == 1 && RoutingView.AxesOf(sum) is [-1 or 1] ? numerator : null;
    }

    static float? Number(Value? value) => value?.Constant is { ElementCount: 1 } data && ExpertTensor.IsSupported(data) ? (float)Fuse.FloatingTensor.Read(data)[0] : null;

    /// <summary>True when no number of a value is below zero, as far as the nodes above it tell.</summary>
    public static bool IsNeverNegative(Value? value, int left = MostNodes)
    {
        if (value is null || left == 0) return false;
        if (value.Constant is { } data) return ExpertTensor.IsSupported(data) && data.Element != ElementType.BFloat16 && Array.TrueForAll(Fuse.FloatingTensor.Read(data), v => v >= 0);
        if (RoutingView.IsZero(value)) return true;
        if (value.Producer is not { Op.IsStandard: true } node) return false;
        bool Input(int slot) => IsNeverNegative(node.Input(slot), left - 1);
        return node.Op.Name switch
        {
            "Softmax" or "Sigmoid" or "Relu" or "Exp" or "OneHot" or "Softplus" => true,
            "TopK" or "Gather" or "GatherElements" or "Transpose" or "Unsqueeze" or "Squeeze" or "Reshape" or "Cast" or "ReduceSum" or "Identity" => Input(0),
            "Mul" or "Div" or "Add" => Input(0) && Input(1),
            "ScatterElements" => Input(0) && Input(2),
            "Where" => Input(1) && Input(2),
            _ => false,
        };
    }
}
