using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Experts;

/// <summary>
/// ONNX Runtime's <c>QMoE</c> for some experts of a layer. On processors it divides the weights of the chosen by their sum whatever its attribute says, so
/// the weights come as <c>router_weights</c>, and choose as well: an expert of weight 0 adds nothing. Codes and scales lie as in <c>MatMulNBits</c>.
/// </summary>
static class QmoeForm
{
    static readonly OpId Operator = new("com.microsoft", "QMoE");

    // Inputs that lie between the last bias and the weights of the router: a third layer, and zero points.
    const int RouterWeights = 14;

    public static string? Obstacle(ExpertLayer layer, Quantize.Options options)
    {
        if (layer.Inputs != layer.Outputs) return "`QMoE` has outputs of the width of its inputs";
        if (layer.Element is not (ElementType.Float or ElementType.Float16)) return "`QMoE` takes float32 and float16";
        if (!MoeForm.HasFunction(layer.Form)) return "`QMoE` does not have the function of the experts";
        if (options.HasZero() || options.Method != WeightMethod.Rtn) return "`QMoE` is written with weights that are rounded to nearest, without zero points";
        // Extents that blocks do not fill go a way that takes ten times as long.
        return options.Block == 0 || layer.Inputs % options.Block != 0 || layer.Width % options.Block != 0 ? "`QMoE` takes whole blocks, and the extents are no multiples of them" : null;
    }

    /// <summary>The sum over <paramref name="experts"/>; null when a weight is not finite.</summary>
    public static Value? Write(ExpertLayer layer, GraphBuilder builder, IReadOnlyList<int> experts, Quantize.Options options)
    {
        builder.Graph.Import("com.microsoft", 1);
        var isWhole = experts.Count == layer.Experts;
        var weights = isWhole ? layer.Weights : builder.Op("Gather", [layer.Weights, builder.Int64s([.. experts.Select(e => (long)e)])], ("axis", 1L));
        if (Round(MoeForm.FirstMatrix(layer)) is not var (firstCodes, firstScales) || Round(layer.Down.Constant!) is not var (secondCodes, secondScales)) return null;
        var inputs = new Value?[RouterWeights + 1];
        (inputs[0], inputs[1], inputs[RouterWeights]) = (layer.Input, weights, weights);
        (inputs[2], inputs[3], inputs[5], inputs[6]) = (builder.Constant(firstCodes), builder.Constant(firstScales), builder.Constant(secondCodes), builder.Constant(secondScales));
        if (MoeForm.FirstBias(layer) is { } bias) inputs[4] = builder.Constant(Some(bias));
        if (layer.DownBias?.Constant is { } second) inputs[7] = builder.Constant(Some(ExpertTensor.Reshape(second, layer.Experts, layer.Outputs)));
        List<(string, AttributeValue)> attributes =
        [
            ("k", (long)Math.Min(layer.Selected, experts.Count)), ("normalize_routing_weights", 0L), ("expert_weight_bits", (long)options.Weights.Bits()), ("block_size", (long)options.Block),
            // The default means codes of another layout on GPUs.
            ("weights_prepacked", 0L), .. MoeForm.FunctionAttributes(layer.Form),
        ];
        return builder.Node(Operator, inputs, 1, [.. attributes]).Output;

        TensorData Some(TensorData all) => isWhole ? all : ExpertTensor.Stack([.. experts.Select(e => ExpertTensor.Part(all, e))]);

        (TensorData Codes, TensorData Scales)? Round(TensorData stack)
        {
            var parts = experts.Select(e => BlockQuantizer.Run(new WeightMatrix(ExpertTensor.Part(stack, e), true), options.Extent(), options.Grid(layer.Element))).ToList();
            if (parts.Exists(p => p is null)) return null;
            var (rows, columns) = (parts[0]!.Rows, parts[0]!.Columns);
            return (new DenseTensor(ElementType.UInt8, [experts.Count, rows, columns * options.Weights.Bits() / 8], [.. parts.SelectMany(p => p!.Codes)]),
                FloatingType.Write(layer.Element, [experts.Count, rows, columns / options.Block], [.. parts.SelectMany(p => p!.Scales)]));
        }
    }
}
