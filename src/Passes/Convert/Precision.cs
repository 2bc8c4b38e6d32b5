namespace Onnxc.Passes.Convert;

/// <summary>A float of 16 bits to compute in.</summary>
public enum Precision
{
    /// <summary>5 bits of exponent: numbers up to 65504.</summary>
    Float16,

    /// <summary>The exponents of float32, and 8 bits of precision.</summary>
    Bfloat16,
}
