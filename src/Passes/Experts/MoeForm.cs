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
        if (!HasFunction(layer.Form)) return "`MoE` does not have the function of the experts";
        return ExpertRouter.Of(layer) is null && !ExpertRouter.IsNeverNegative(layer.Weights) ? "a weight of an expert may be negative" : null;
    }

    public static Value Write(ExpertLayer layer, GraphBuilder builder)
    {
        builder.Graph.Import("com.microsoft", 1);
        var router = ExpertRouter.Of(layer);
        var logits = router?.Logits ?? Logarithms();
        var bias = FirstBias(layer);
        var sum = builder.Node(new("com.microsoft", "MoE"),
            [layer.Input, logits, builder.Constant(ExpertTensor.Transpose(FirstMatrix(layer))), bias is null ? null : builder.Constant(bias), builder.Constant(ExpertTensor.Transpose(layer.Down.Constant!)),
                layer.DownBias is null ? null : builder.Constant(Flat(layer.DownBias.Constant!))],
            1, [("k", (long)layer.Selected), ("normalize_routing_weights", router is null or { IsNormalized: true } ? 1L : 0L), .. FunctionAttributes(layer.Form)]).Output;
        if (router is null) return builder.Op("Mul", [sum, builder.Op("ReduceSum", [layer.Weights, builder.Int64s(-1)], ("keepdims", 1L))]);
        return router.Factor == 1 ? sum : builder.Op("Mul", [sum, builder.Number(layer.Element, router.Factor)]);

        Value Logarithms()
        {
            var zero = builder.Number(layer.Element, 0);
            return builder.Op("Where", [builder.Op("Greater", [layer.Weights, zero]), builder.Op("Log", [layer.Weights]), builder.Number(layer.Element, layer.Element == ElementType.Float16 ? -6e4f : Unchosen)]);
        }
    }

    public static bool HasFunction(ExpertForm form) => form.IsGated
        ? form.Activation is ExpertActivation.Silu or ExpertActivation.Swiglu
        : form.Activation is ExpertActivation.Identity or ExpertActivation.Relu or ExpertActivation.Silu or ExpertActivation.GeluTanh;

    /// <summary>The attributes that say what the experts compute.</summary>
    public static IReadOnlyList<(string, AttributeValue)> FunctionAttributes(ExpertForm form)
    {
        if (!form.IsGated) return [("activation_type", form.Activation == ExpertActivation.GeluTanh ? "gelu" : form.Activation.ToString().ToLowerInvariant())];
        List<(string, AttributeValue)> attributes = [("activation_type", "swiglu"), ("swiglu_fusion", 1L), ("activation_alpha", form.Alpha), ("activation_beta", form.Beta)];
        if (form.Limit < float.MaxValue) attributes.Add(("swiglu_limit", form.Limit));
        return attributes;
    }

    /// <summary>Matrices of the first layer, [E, inputs, outputs].</summary>
    public static TensorData FirstMatrix(ExpertLayer layer) => layer.Gate is null ? layer.Up.Constant! : Interleave(layer.Gate.Constant!, layer.Up.Constant!);

    /// <summary>Biases of the first layer, [E, outputs]; null for none.</summary>
    public static TensorData? FirstBias(ExpertLayer layer)
    {
        if (layer.Gate is null) return layer.UpBias is null ? null : Flat(layer.UpBias.Constant!);
        if (layer.GateBias is null && layer.UpBias is null) return null;
        return Flat(Interleave(BiasOf(layer.GateBias), BiasOf(layer.UpBias)));

        TensorData BiasOf(Value? bias) => bias?.Constant ?? FloatingType.Write(layer.Element, [layer.Experts, 1, layer.Width], new float[layer.Experts * layer.Width]);
    }

    static TensorData Flat(TensorData bias) => ExpertTensor.Reshape(bias, bias.Dims[0], bias.Dims[2]);

    // Columns of the one and the other in turn.
    static TensorData Interleave(TensorData gate, TensorData up)
    {
        var both = ExpertTensor.Stack([gate, up]);
        var (each, width) = ((int)gate.ElementCount, (int)gate.Dims[2]);
        return ExpertTensor.Pick(both, [gate.Dims[0], gate.Dims[1], 2 * width], i => i % 2 * each + i / (2 * width) * width + i % (2 * width) / 2);
    }
}
