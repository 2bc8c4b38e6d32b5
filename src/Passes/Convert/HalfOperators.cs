using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>Which operators take 16-bit floats, and at which of their inputs.</summary>
static class HalfOperators
{
    // Their schemas take float32 alone, or what they count, draw or sort out would not survive 11 bits.
    static readonly HashSet<string> Never = new(StringComparer.Ordinal)
    {
        "Bernoulli", "BitCast", "BlackmanWindow", "CumSum", "DFT", "DequantizeLinear", "DynamicQuantizeLinear", "EyeLike", "HammingWindow", "HannWindow", "ImageDecoder", "MelWeightMatrix",
        "Multinomial", "NonMaxSuppression", "Optional", "OptionalGetElement", "OptionalHasElement", "QLinearConv", "QLinearMatMul", "QuantizeLinear", "RandomNormal", "RandomNormalLike",
        "RandomUniform", "RandomUniformLike", "Range", "RegexFullMatch", "RoiAlign", "STFT", "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength",
        "SequenceMap", "SplitToSequence", "ConcatFromSequence", "StringNormalizer", "TfIdfVectorizer", "Upsample",
    };

    static readonly HashSet<string> OfOnnxRuntime = new(StringComparer.Ordinal)
    {
        "Attention", "BiasGelu", "BiasSplitGelu", "FastGelu", "FusedMatMul", "Gelu", "GroupQueryAttention", "MoE", "MultiHeadAttention", "QuickGelu", "RotaryEmbedding",
        "SkipLayerNormalization", "SkipSimplifiedLayerNormalization", "SimplifiedLayerNormalization",
    };

    // Places in images, which need all bits, and bounds that fix a shape.
    static readonly Dictionary<string, int[]> InFloat = new(StringComparer.Ordinal) { ["Resize"] = [1, 2] };

    /// <summary>Why a node stays in float32; null when it need not.</summary>
    public static string? Obstacle(Node node)
    {
        if (node.Subgraphs.Any()) return "it holds bodies, whose interfaces stay as they are";
        if (node.Graph.Model.Functions[node.Op] is not null && node.Op.Domain != "ai.onnxc") return "it calls a function of the model";
        if (node.Op.IsStandard ? Never.Contains(node.Op.Name) : !(node.Op.Domain == "ai.onnxc" || (node.Op.Domain == "com.microsoft" && OfOnnxRuntime.Contains(node.Op.Name))))
            return $"`{node.Op}` takes no 16-bit floats";
        if (node.Op.Name.StartsWith("Scatter", StringComparison.Ordinal) && node.Attributes["reduction"] is StringAttribute { Text: not "none" }) return "it adds up what it scatters";
        // Numbers from 2048 on are not all whole in 11 bits.
        return node.Op.Is("Cast") && node.Output.ElementType is { } to && !to.IsFloatingPoint() ? "it makes integers" : null;
    }

    public static bool TakesHalf(Node node, int slot) => !(InFloat.TryGetValue(node.Op.Name, out var slots) && slots.Contains(slot));
}
