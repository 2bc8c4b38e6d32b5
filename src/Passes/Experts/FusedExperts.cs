using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>
/// A layer of experts that already is one node of ONNX Runtime, <c>MoE</c> or <c>QMoE</c>, router and all. Weights in few bits are read as the numbers that
/// they stand for.
/// </summary>
/// <param name="Logits">What the experts are chosen by, [T, E].</param>
/// <param name="Router">What the weights of the chosen are taken from, [T, E]; null for the softmax of the logits.</param>
/// <param name="IsNormalized">The weights of the chosen are divided by their sum.</param>
sealed record FusedExperts(ExpertForm Form, Value Input, Value Logits, Value? Router, int Selected, bool IsNormalized, StackedMap? Gate, StackedMap Up, StackedMap Down)
{
    const string Domain = "com.microsoft";

    // Places of the matrices, of MoE with biases behind them, of QMoE with scales and biases, and zero points at the end.
    static readonly FusedMatrix[] Plain = [new(2, null, 3, null), new(4, null, 5, null), new(6, null, 7, null)];
    static readonly FusedMatrix[] Quantized = [new(2, 3, 4, 11), new(5, 6, 7, 12), new(8, 9, 10, 13)];

    const int RouterWeights = 14;

    public static bool IsOne(Node node) => node.Op.Domain == Domain && node.Op.Name is "MoE" or "QMoE";

    /// <summary>The layer that a node is, or why it is none.</summary>
    public static (FusedExperts? Found, string? Reason) Read(Node node)
    {
        if (node.Input(0) is not { } input || node.Input(1) is not { } logits || node.Outputs is not [_]) return (null, "the node has no tokens, or no router");
        if (input.ElementType is not (ElementType.Float or ElementType.Float16)) return (null, "the tokens are neither float32 nor float16");
        if (node.Attributes.Int("use_sparse_mixer", 0) != 0) return (null, "the sparse mixer chooses in another way");
        var isQuantized = node.Op.Name == "QMoE";
        if (isQuantized && Obstacle(node, input) is { } obstacle) return (null, obstacle);
        var places = isQuantized ? Quantized : Plain;
        if (places[0].Read(node, input) is not { } first || places[1].Read(node, input) is not { } down) return (null, "the weights are not constant, or not laid out as the operator says");
        var third = places[2].IsGiven(node) ? places[2].Read(node, input) : null;
        if (places[2].IsGiven(node) && third is null) return (null, "the weights are not constant, or not laid out as the operator says");
        if (FormOf(node, third is not null) is not { } form) return (null, "the experts have an unknown function");
        var (gate, up) = !form.IsGated ? (null, first) : third is not null ? (first, third) : Parted(first, node.Attributes.Int("swiglu_fusion", 0) == 1);
        var selected = node.Attributes.Int("k", 1) ?? 0;
        if (gate is not null && !gate.Matrix.Dims.SequenceEqual(up.Matrix.Dims) || up.Matrix.Dims[0] != down.Matrix.Dims[0] || up.Matrix.Dims[2] != down.Matrix.Dims[1]) return (null, "the experts have different sizes");
        if (selected < 1 || selected > up.Matrix.Dims[0]) return (null, "more experts are chosen than there are");
        return (new(form, input, logits, node.Input(RouterWeights), (int)selected, node.Attributes.Int("normalize_routing_weights", 0) == 1, gate, up, down), null);
    }

    // Where processors and GPUs, or processors and the operator's description, do not agree, the node has no one meaning.
    static string? Obstacle(Node node, Value input)
    {
        if (node.Input(RouterWeights) is null && node.Attributes.Int("normalize_routing_weights", 0) != 1) return "`QMoE` divides by the sum of the weights on processors, although its attribute says otherwise";
        if (node.Attributes.Int("weights_prepacked", -1) is var prepacked && prepacked != 0 && (prepacked != -1 || input.ElementType != ElementType.Float)) return "codes of `QMoE` are laid out for a GPU, unless `weights_prepacked` is 0";
        if ((node.Attributes.Text("quant_type") ?? "int") != "int" || node.Inputs.Skip(RouterWeights + 1).Any(i => i is not null)) return "the weights are no integers";
        if (node.Attributes.Int("expert_weight_bits", 4) == 8 && node.Attributes.Int("block_size", 0) != 0 || node.Attributes.Int("accuracy_level", 0) == 4) return "`QMoE` rounds tokens to 8 bits here";
        return null;
    }

    static ExpertForm? FormOf(Node node, bool hasThird)
    {
        var name = node.Attributes.Text("activation_type") ?? "relu";
        if (name == "swiglu")
        {
            if (hasThird == node.Attributes.Int("swiglu_fusion", 0) is 1 or 2) return null;
            var form = new ExpertForm(ExpertActivation.Swiglu, true, node.Attributes.Float("activation_alpha") ?? 1, node.Attributes.Float("activation_beta") ?? 0, node.Attributes.Float("swiglu_limit") ?? float.PositiveInfinity);
            return form is { Alpha: 1, Beta: 0, Limit: float.PositiveInfinity } ? new(ExpertActivation.Silu, true) : form;
        }
        ExpertActivation? activation = name switch
        {
            "relu" => ExpertActivation.Relu,
            "silu" => ExpertActivation.Silu,
            "gelu" => ExpertActivation.GeluTanh,
            "identity" => ExpertActivation.Identity,
            _ => null,
        };
        return activation is { } known ? new(known, hasThird) : null;
    }

    // Columns of gate and up, which take turns or stand behind each other.
    static (StackedMap? Gate, StackedMap Up) Parted(StackedMap both, bool takeTurns)
    {
        var width = (int)both.Matrix.Dims[2] / 2;
        StackedMap Half(int half) => new(Part(both.Matrix, half), both.Bias is null ? null : Part(both.Bias, half), null);
        TensorData Part(TensorData data, int half) => takeTurns ? ExpertTensor.Columns(data, half, 2, width) : ExpertTensor.Columns(data, half * width, 1, width);
        return (Half(0), Half(1));
    }

    /// <summary>Puts the router and one node of experts in the place of <paramref name="node"/>.</summary>
    public void Replace(Node node)
    {
        var builder = new GraphBuilder(node.Graph, node, "experts");
        var isMatrix = Input.Shape?.Rank == 2;
        var tokens = isMatrix ? Input : builder.Op("Reshape", [Input, builder.Int64s(-1, Up.Matrix.Dims[1])]);
        var topK = builder.Node(new("", "TopK"), [Router is null ? builder.Op("Softmax", [Logits], ("axis", -1L)) : Logits, builder.Int64s(Selected)], 2, ("axis", -1L));
        var (weights, indices) = (topK.Outputs[0], topK.Outputs[1]);
        if (Router is not null) weights = builder.Op("GatherElements", [Router, indices], ("axis", 1L));
        if (IsNormalized) weights = builder.Op("Div", [weights, builder.Op("ReduceSum", [weights, builder.Int64s(-1)])]);
        var result = new FoundExperts(Form, tokens, new(indices, weights, false), Gate, Up, Down, []).Write(builder).Write(builder);
        if (!isMatrix) result = builder.Op("Reshape", [result, builder.Op("Shape", [Input])]);
        result.Producer!.CopyMetadata(node);
        node.Graph.Substitute(node.Output, result);
        ExpertNodes.Remove(node);
    }
}
