using System.Collections.Immutable;
using System.Globalization;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Tokens;

/// <summary>One run over a model: finds blocks and merges the tokens of those that can.</summary>
sealed class TokenMerging(MergeTokens.Options options, PassContext cx)
{
    /// <summary>Pairs for each block of a chain.</summary>
    public required Func<BlockChain, ImmutableArray<long>> Pairs { get; init; }

    /// <summary>What modulates the pairs of a block, by its place in the chain; null for nothing.</summary>
    public Func<TransformerBlock, int, long, Modulation?> Modulation { get; init; } = (_, _, _) => null;

    /// <summary>Blocks that could not be helped as well; 0 when there is no attention over tokens.</summary>
    public int Found { get; private set; }

    public void Run(Model model)
    {
        foreach (var graph in model.Bodies().ToList())
        {
            var finder = new BlockFinder(graph);
            foreach (var chain in finder.Find())
            {
                Found += chain.Blocks.Length;
                Merge(chain);
            }
            foreach (var (_, reason) in finder.Rejected) cx.Skip(reason);
            Found += finder.Rejected.Count;
        }
    }

    /// <summary>Chains of a model whose tokens can be merged.</summary>
    public static IReadOnlyList<BlockChain> Chains(Model model, PassContext cx)
    {
        Prepare(model, cx);
        return [.. model.Bodies().SelectMany(g => new BlockFinder(g).Find()).Where(c => c.Able.Length > 0)];
    }

    /// <summary>Makes sure that shapes are known.</summary>
    public static void Prepare(Model model, PassContext cx)
    {
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        SymbolicTypes.Refine(model);
    }

    void Merge(BlockChain chain)
    {
        foreach (var reason in chain.Declined.Values) cx.Skip(reason);
        var able = chain.Able.Where(b => cx.Selects(b.Residual)).ToList();
        if (options.Method == MergeMethod.Drop)
            foreach (var block in able.FindAll(b => b.IsFused))
            {
                cx.Skip("its attention is one operator, which does not show its weights");
                able.Remove(block);
            }
        if (able.Count == 0) return;
        if (Obstacle(able[0]) is { } obstacle)
        {
            foreach (var _ in able) cx.Skip(obstacle);
            return;
        }
        if (options.Method == MergeMethod.Pyra && chain.Mask is not null)
        {
            foreach (var _ in able) cx.Skip("it hides padding, and weights of `pyra` are for as many pairs in every sample: use `tome`");
            return;
        }
        var pairs = Pairs(chain);
        var plans = able.Select(b => new MergePlan(b, pairs[chain.Blocks.IndexOf(b)])).Where(p => p.Pairs > 0).ToList();
        if (plans.Count == 0) return;
        var kept = chain.Flow(plans.Select(p => p.Block)).Kept.Count;
        plans = [.. plans.Zip(MergeSchedule.Clamp(plans.Select(p => p.Pairs), chain.Blocks[0].Tokens, kept), (p, count) => p with { Pairs = count }).Where(p => p.Pairs > 0)];
        plans = [.. plans.Where(p => cx.TryStep(p.Block.Residual, string.Create(CultureInfo.InvariantCulture, $"{(options.Method == MergeMethod.Drop ? "drop" : "merge")} {p.Pairs} tokens")))];
        if (plans.Count == 0) return;
        plans = plans.ConvertAll(p => p with { Modulation = Modulation(p.Block, chain.Blocks.IndexOf(p.Block), p.Pairs) });
        new TokenMerger(chain.Flow(plans.Select(p => p.Block)), plans, options.Method, options.Proportional != Proportional.Off).Run();
    }

    static string? Obstacle(TransformerBlock block) =>
        OperatorLibrary.Obstacle(block.Residual.Graph)
        ?? (block.Output.ElementType is ElementType.Float or ElementType.Float16 or ElementType.BFloat16 ? null : "the type of the tokens is none that merges take");
}
