namespace Onnxc.Passes.Tokens;

/// <summary>How many pairs of tokens merge behind the attention of a block.</summary>
sealed record MergePlan(TransformerBlock Block, long Pairs);
