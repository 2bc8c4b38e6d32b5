namespace Onnxc.Passes.Quantization;

/// <summary>How a weight is stored.</summary>
public enum WeightType
{
    Int8,
    Uint8,
    Int4,
    Int2,

    /// <summary>Float8, 4 bits of exponent and 3 of mantissa, finite.</summary>
    E4m3,

    /// <summary>Float8, 5 bits of exponent and 2 of mantissa.</summary>
    E5m2,

    /// <summary>Float4, 2 bits of exponent and 1 of mantissa (OCP MX, section 5.3.3).</summary>
    E2m1,

    /// <summary>Powers of the square root of two, 4 bits (POST).</summary>
    Post,
}
