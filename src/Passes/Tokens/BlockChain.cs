using System.Collections.Immutable;

namespace Onnxc.Passes.Tokens;

/// <summary>Blocks that one sequence of tokens goes through, in their order.</summary>
/// <param name="Blocks">Blocks of the chain.</param>
/// <param name="Mask">What tells padding from their real tokens; null for none.</param>
/// <param name="Declined">Why blocks in it cannot merge tokens, by block; those behind the last of them can.</param>
sealed record BlockChain(ImmutableArray<TransformerBlock> Blocks, TokenMask? Mask, IReadOnlyDictionary<TransformerBlock, string> Declined)
{
    /// <summary>Blocks that can merge tokens.</summary>
    public ImmutableArray<TransformerBlock> Able => [.. Blocks.Where(b => !Declined.ContainsKey(b))];

    /// <summary>Follows the tokens through the chain while they are merged behind the attention of <paramref name="merging"/>.</summary>
    public TokenFlow Flow(IEnumerable<TransformerBlock> merging) => new(Blocks[0].Residual.Graph, Blocks[0].Input, Blocks[0].TokenAxis, merging.Select(b => b.Output), Mask);
}
