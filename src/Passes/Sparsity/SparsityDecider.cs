namespace Onnxc.Passes.Sparsity;

/// <summary>What of a gated block decides which neurons are idle.</summary>
public enum SparsityDecider
{
    /// <summary>The gate behind its activation: rows of the other two products are left out.</summary>
    Gate,

    /// <summary>What the last product multiplies: rows of that one are left out.</summary>
    Hidden,
}
