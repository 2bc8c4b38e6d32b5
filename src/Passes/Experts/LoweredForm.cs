namespace Onnxc.Passes.Experts;

/// <summary>What runs a layer of experts.</summary>
public enum LoweredForm
{
    /// <summary>One wide layer where every expert is chosen for every token, otherwise products for each expert.</summary>
    Auto,

    /// <summary>The fastest of all forms on this machine, timed with the user's first sample or generated inputs.</summary>
    Measured,

    /// <summary>Products for each expert, with the tokens that chose it.</summary>
    Grouped,

    /// <summary>One wide layer that computes every expert for every token.</summary>
    Dense,

    /// <summary>The operator <c>com.microsoft::MoE</c>.</summary>
    Moe,
}
