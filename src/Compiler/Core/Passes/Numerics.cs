namespace Onnxc.Passes;

/// <summary>What a pass may do to a model's numbers; decides how its result is checked against the original.</summary>
public enum Numerics
{
    /// <summary>Same bits.</summary>
    Exact,

    /// <summary>The same function with another order or grouping of floating-point operations.</summary>
    Rounding,

    /// <summary>Another function by intent; the pass reports its measured error.</summary>
    Approximate,
}
