namespace Onnxc.Passes.Tokens;

/// <summary>How many pairs of tokens merge behind the attention of a block, and what modulates them; null for nothing.</summary>
sealed record MergePlan(TransformerBlock Block, long Pairs, Modulation? Modulation = null);
