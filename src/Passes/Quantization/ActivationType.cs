namespace Onnxc.Passes.Quantization;

/// <summary>What becomes of activations.</summary>
public enum ActivationType
{
    /// <summary>They stay as they are.</summary>
    None,
    Int8,
    Uint8,
    Int16,
    Uint16,

    /// <summary>Unsigned 8-bit, with a scale for each tensor that is computed at run time.</summary>
    Dynamic,

    /// <summary>The same signed and without a zero point, which is what ONNX Runtime multiplies on GPUs (CUDA).</summary>
    DynamicInt8,

    /// <summary>Float8 (e4m3) with a scale for each token that is computed at run time, in front of weights of any type.</summary>
    E4m3,
}
