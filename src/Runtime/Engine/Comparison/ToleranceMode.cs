namespace Onnxc.Runtime;

/// <summary>How far two results may be apart.</summary>
public enum ToleranceMode
{
    /// <summary>Same bits.</summary>
    Exact,

    /// <summary>What another order of floating-point operations explains.</summary>
    Rounding,

    /// <summary>Thresholds of the user; none is set by default, so that this only measures.</summary>
    Approximate,
}
