namespace Onnxc.Runtime;

/// <summary>How a float32 weight lies in the memory that fails. Weights of other types are always hit in their own bits.</summary>
public enum FaultCodec
{
    /// <summary>Its own bits, so that infinities and NaN come out.</summary>
    Ieee,

    /// <summary>Fixed point with 1 sign bit, 15 before and 16 behind the point.</summary>
    FixedPoint,

    /// <summary>Its own bits, but infinities and NaN become ±1e31 and magnitudes below 5e-30 become 0.</summary>
    Toolbox,
}
