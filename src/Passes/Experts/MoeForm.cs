using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>
/// ONNX Runtime's <c>MoE</c>. It takes logits, makes weights of them by a softmax, and chooses; weights that come about otherwise are given as their
/// logarithms, of which the softmax gives w/Σw again, times Σw behind it. Matrices are [E, outputs, inputs], and rows of gate and up take turns.
/// </summary>
static class MoeForm
{
    // Far below any logarithm of a weight, and of no weight after the softmax.
    const float Unchosen = -1e30f;

    public static string? Obstacle(ExpertLayer layer)
    {
        if (layer.Inputs != layer.Outputs) return "`MoE` has outputs of the width of its inputs";
        if (layer.Element is not (ElementType.Float or ElementType.Float16)) return "`MoE` takes float32 and float16";
        var isKnown = layer.Form.IsGated ? layer.Form.Activation is ExpertActivation.Silu or ExpertActivation.Swiglu
            : layer.Form.Activation is ExpertActivation.Identity or ExpertActivation.Relu or ExpertActivation.Silu or ExpertActivation.GeluTanh;
        if (!isKnown) return "`MoE` does not have the function of the experts";
        return ExpertRouter.Of(layer) is null && !ExpertRouter.IsNeverNegative(layer.Weights) ? "a weight of an expert may be negative" : null;
    }

    public static Value Write(ExpertLayer layer, GraphBuilder builder)
    {
        builder.Graph.Import("com.microsoft", 1);
        var router = ExpertRouter.Of(layer);
        var logits = router?.Logits ?? Logarithms();
        var form = layer.Form;
        List<(string, AttributeValue)> attributes =
        [
            ("k", (long)layer.Selected),
            ("activation_type", form.IsGated ? "swiglu" : form.Activation switch { ExpertActivation.GeluTanh => "gelu", var a => a.ToString().ToLowerInvariant() }),
            ("normalize_routing_weights", router is null or { IsNormalized: true } ? 1L : 0L),
        ];
        if (form.IsGated) attributes.AddRange([("swiglu_fusion", 1L), ("activation_alpha", form.Alpha), ("activation_beta", form.Beta)]);
        if (form.IsGated && form.Limit < float.MaxValue) attributes.Add(("swiglu_limit", form.Limit));
        var first = builder.Constant(ExpertTensor.Transpose(layer.Gate is null ? layer.Up.Constant! : Interleave(layer.Gate.Constant!, layer.Up.Constant!)));
        var sum = builder.Node(new("com.microsoft", "MoE"),
            [layer.Input, logits, first, FirstBias(), builder.Constant(ExpertTensor.Transpose(layer.Down.Constant!)), layer.DownBias is null ? null : builder.Constant(Flat(layer.DownBias.Constant!))],
            1, [.. attributes]).Output;
        if (router is null) return builder.Op("Mul", [sum, builder.Op("ReduceSum", [layer.Weights, builder.Int64s(-1)], ("keepdims", 1L))]);
        return router.Factor == 1 ? sum : builder.Op("Mul", [sum, builder.Number(layer.Element, router.Factor)]);

        Value Logarithms()
        {
            var zero = builder.Number(layer.Element, 0);
            return builder.Op("Where", [builder.Op("Greater", [layer.Weights, zero]), builder.Op("Log", [layer.Weights]), builder.Number(layer.Element, layer.Element == ElementType.Float16 ? -6e4f : Unchosen)]);
        }

        Value? FirstBias()
        {
            if (layer.Gate is null) return layer.UpBias is null ? null : builder.Constant(Flat(layer.UpBias.Constant!));
            if (layer.GateBias is null && layer.UpBias is null) return null;
            return builder.Constant(Flat(Interleave(BiasOf(layer.GateBias), BiasOf(layer.UpBias))));
        }

        TensorData BiasOf(Value? bias) => bias?.Constant ?? FloatingType.Write(layer.Element, [layer.Experts, 1, layer.Width], new float[layer.Experts * layer.Width]);

        static TensorData Flat(TensorData bias) => ExpertTensor.Reshape(bias, bias.Dims[0], bias.Dims[2]);
    }

    // Columns of the one and the other in turn.
    static TensorData Interleave(TensorData gate, TensorData up)
    {
        var both = ExpertTensor.Stack([gate, up]);
        var (each, width) = ((int)gate.ElementCount, (int)gate.Dims[2]);
        return ExpertTensor.Pick(both, [gate.Dims[0], gate.Dims[1], 2 * width], i => i % 2 * each + i / (2 * width) * width + i % (2 * width) / 2);
    }
}
