namespace Onnxc.Passes.Quantization;

/// <summary>Between what ranges are equalized.</summary>
public enum EqualizeMethod
{
    /// <summary>Output channels of a convolution and the inputs of the next (Nagel et al., Data-Free Quantization, 2019). Needs no data.</summary>
    CrossLayer,

    /// <summary>Channels of an activation and the rows of weights that they meet (Xiao et al., SmoothQuant, 2022). Needs data.</summary>
    SmoothQuant,
}
