using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>A block of a transformer's encoder, as far as its attention goes.</summary>
/// <param name="Softmax">Makes the weights of the attention, over keys.</param>
/// <param name="Scores">The product of queries and keys.</param>
/// <param name="KeySlot">Which operand of that the keys are.</param>
/// <param name="Residual">Adds what the attention makes to the tokens that came in.</param>
/// <param name="Input">Those tokens.</param>
/// <param name="TokenAxis">The axis of <paramref name="Input"/> that counts tokens; the other one of the first two counts samples.</param>
/// <param name="Tokens">Their number.</param>
/// <param name="Width">The extent of their last axis.</param>
sealed record TransformerBlock(Node Softmax, Node Scores, int KeySlot, Node Residual, Value Input, int TokenAxis, long Tokens, long Width)
{
    /// <summary>The tokens behind the attention, which the rest of the block works on.</summary>
    public Value Output => Residual.Output;

    /// <summary>Heads of the attention.</summary>
    public long Heads { get; init; }

    /// <summary>True where one node does all, and does not show its weights: softmax and product are that node.</summary>
    public bool IsFused => FusedAttention.Is(Softmax);
}
