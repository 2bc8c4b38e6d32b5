namespace Onnxc.Passes.Tokens;

/// <summary>A part of an axis: several stand on one axis where a reshape joined them.</summary>
/// <param name="Kind">What it counts.</param>
/// <param name="Extent">How many there are in the model as it was; -1 when that is not fixed.</param>
/// <param name="Stage">For tokens, the number of merges that they went through.</param>
/// <param name="Start">For tokens, how many of the first ones were cut off.</param>
readonly record struct AxisFactor(FactorKind Kind, long Extent, int Stage = 0, int Start = 0)
{
    public bool IsToken => Kind == FactorKind.Token;

    /// <summary>True for tokens that went through a merge, so that their number is another one than in the model as it was.</summary>
    public bool IsMerged => IsToken && Stage > 0;
}
