namespace Onnxc.Passes.Quantization;

/// <summary>How a product with a quantized weight is written.</summary>
public enum WeightForm
{
    /// <summary><c>com.microsoft::MatMulNBits</c>, with an explicit accuracy level.</summary>
    Nbits,

    /// <summary><c>DequantizeLinear</c> before the product, for any runtime; needs opset 21.</summary>
    Portable,
}
