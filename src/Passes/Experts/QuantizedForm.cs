namespace Onnxc.Passes.Experts;

/// <summary>What runs experts whose weights are quantized.</summary>
public enum QuantizedForm
{
    /// <summary>Products for each expert, with the tokens that chose it.</summary>
    Grouped,

    /// <summary>The operator <c>com.microsoft::QMoE</c>, one node for each number of bits.</summary>
    Qmoe,
}
