using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Tells operators that ONNX Runtime's fusions make from those of which models consist.</summary>
static class FusedOperators
{
    // ONNX Runtime puts some of what it fuses into the domain of the standard.
    static readonly HashSet<string> Standard = new(StringComparer.Ordinal)
    {
        "Attention", "ConvInteger", "DynamicQuantizeLinear", "Gelu", "HardSwish", "LayerNormalization", "MatMulInteger", "QLinearConv", "QLinearMatMul",
        "RMSNormalization", "RotaryEmbedding", "SimplifiedLayerNormalization",
    };

    // Some of these only the CPU provider has, and quantized operators would bind a model to one form of quantization.
    static readonly string[] Bound = ["FusedConv", "FusedGemm", "Quantize", "QLinear", "Integer"];

    public static bool IsFused(OpId op) => op.Domain.StartsWith("com.microsoft", StringComparison.Ordinal) || (op.Domain.Length == 0 && Standard.Contains(op.Name));

    /// <summary>True when a model may state the operator itself and still run wherever ONNX Runtime does.</summary>
    public static bool IsPortable(OpId op) =>
        IsFused(op) && op.Domain is "" or "com.microsoft" && !Array.Exists(Bound, b => op.Name.Contains(b, StringComparison.Ordinal));
}
