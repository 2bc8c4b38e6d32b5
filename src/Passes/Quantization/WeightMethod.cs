namespace Onnxc.Passes.Quantization;

/// <summary>How weights are rounded to their grid.</summary>
public enum WeightMethod
{
    /// <summary>Each to the nearest, by the convention of ONNX Runtime.</summary>
    Rtn,

    /// <summary>Half-quadratic quantization: zero points by a sparse error (Badri and Shaji, 2023). Needs no data.</summary>
    Hqq,

    /// <summary>Errors are carried on to weights not yet rounded (Frantar et al., GPTQ, 2022). Needs data.</summary>
    Gptq,

    /// <summary>Scales of input channels by the size of activations (Lin et al., AWQ, 2023). Needs data.</summary>
    Awq,
}
