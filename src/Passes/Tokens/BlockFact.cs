namespace Onnxc.Passes.Tokens;

/// <summary>What is known of a block of an encoder, or of an attention that is none.</summary>
/// <param name="Name">Its attention.</param>
/// <param name="Chain">The sequence of tokens that goes through it, counted from 0; null for an attention that belongs to none.</param>
/// <param name="Tokens">Their number.</param>
/// <param name="Width">Numbers of a token.</param>
/// <param name="Heads">Heads of the attention.</param>
/// <param name="Norm">Where its normalization is.</param>
/// <param name="Head">What the model makes of the tokens at the end.</param>
/// <param name="Obstacle">Why its tokens cannot merge; null where they can.</param>
public sealed record BlockFact(string Name, int? Chain, long Tokens, long Width, long Heads, string Norm, string Head, string? Obstacle);
