namespace Onnxc.Passes.Quantization;

/// <summary>What ONNX Runtime can do with a node between <c>DequantizeLinear</c> and <c>QuantizeLinear</c> on its CPU provider.</summary>
enum Role
{
    /// <summary>Nothing: it computes in floats.</summary>
    Float,

    /// <summary>Its weights are quantized: it is what all this is for.</summary>
    Weighted,

    /// <summary>An integer kernel of its own, with a scale of its own for the result.</summary>
    Integer,

    /// <summary>Only moves or chooses elements, so that its result has the scale of its first input.</summary>
    Moves,

    /// <summary>Ends what comes before it: a bound that <c>QuantizeLinear</c> sets anyway.</summary>
    Bounds,
}

