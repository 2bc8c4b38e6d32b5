namespace Onnxc.Passes.Quantization;

/// <summary>Whether scales are powers of two, so that a runtime can widen small floats by a shift (Wu et al., ZeroQuant-FP, 2023).</summary>
public enum PowerOfTwo
{
    None,

    /// <summary>Each scale is one.</summary>
    M1,

    /// <summary>Each is one times the largest scale of its weight.</summary>
    M2,
}
