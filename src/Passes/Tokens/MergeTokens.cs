using System.Collections.Immutable;
using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Tokens;

/// <summary>
/// Similar tokens become one behind the attention of each block of an encoder, so that later ones have fewer to work on: ToMe (Bolya et al., 2023),
/// PYRA (Xiong et al., 2024). Later softmaxes and means count a token as often as those that it stands for.
/// </summary>
[Pass("merge-tokens", "Similar tokens of an encoder become one, block by block (ToMe, PYRA)", Numerics = Numerics.Approximate)]
public sealed class MergeTokens(MergeTokens.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("What becomes of tokens.")] public MergeMethod Method { get; init; }
        [Option("Pairs to merge in each block.")] public int? R { get; init; }
        [Option("Pairs to merge, block by block; or the name of a published schedule.")] public ImmutableArray<string> Schedule { get; init; } = [];
        [Option("The published schedule for a model of this size.")] public Compression Compression { get; init; }
        [Option("Share of the tokens that is left behind the last block, merged evenly; 0 where something else says how many.")] public double Keep { get; init; }
        [Option("Whether attention counts a token as often as those that it stands for.")] public Proportional Proportional { get; init; }
    }

    public override void Run(Model model, PassContext cx)
    {
        if (Nonsense() is { } nonsense) throw new DiagnosticException(Diagnostic.Create(Descriptors.BadMergeOption, null, nonsense));
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        SymbolicTypes.Refine(model);
        var found = 0;
        foreach (var graph in model.Bodies().ToList())
        {
            var finder = new BlockFinder(graph);
            foreach (var chain in finder.Find())
            {
                found += chain.Blocks.Length;
                Merge(chain, cx);
            }
            foreach (var (_, reason) in finder.Rejected) cx.Skip(reason);
            found += finder.Rejected.Count;
        }
        if (found == 0) throw new DiagnosticException(Diagnostic.Create(Descriptors.NothingToMerge, ModelLocation.Of(model)));
    }

    string? Nonsense()
    {
        var given = new[] { options.R is not null, options.Schedule.Length > 0, options.Compression != Compression.None, options.Keep != 0 }.Count(x => x);
        if (given != 1) return "say how many tokens merge by one of `r`, `schedule`, `compression` and `keep`";
        if (options.R < 0) return "`r` cannot be negative";
        if (options.Keep is not (>= 0 and <= 1)) return "`keep` is a share from 0 to 1";
        return MergeSchedule.Parse(options.Schedule) is null ? $"`schedule` takes a number for each block, or one of {string.Join(", ", MergeSchedule.Published.Keys.Select(n => $"`{n}`"))}" : null;
    }

    void Merge(BlockChain chain, PassContext cx)
    {
        foreach (var reason in chain.Declined.Values) cx.Skip(reason);
        var able = chain.Able.Where(b => cx.Selects(b.Softmax)).ToList();
        if (able.Count == 0) return;
        if (OperatorLibrary.Obstacle(able[0].Residual.Graph) is { } obstacle)
        {
            foreach (var _ in able) cx.Skip(obstacle);
            return;
        }
        if (!FloatingType.CanRead(able[0].Output.ElementType) || able[0].Output.ElementType == ElementType.Double)
        {
            foreach (var _ in able) cx.Skip("the type of the tokens is none that merges take");
            return;
        }
        var pairs = Pairs(chain);
        var wanted = able.Select(b => new MergePlan(b, pairs[chain.Blocks.IndexOf(b)])).Where(p => p.Pairs > 0).ToList();
        var flow = chain.Flow(wanted.Select(p => p.Block));
        var clamped = MergeSchedule.Clamp(wanted.Select(p => p.Pairs), chain.Blocks[0].Tokens, flow.Kept.Count);
        var plans = wanted.Zip(clamped, (p, c) => p with { Pairs = c }).Where(p => p.Pairs > 0)
            .Where(p => cx.TryStep(p.Block.Residual, string.Create(CultureInfo.InvariantCulture, $"merge {p.Pairs} pairs of tokens"))).ToList();
        if (plans.Count == 0) return;
        // Steps may have been refused.
        if (plans.Count < wanted.Count) flow = chain.Flow(plans.Select(p => p.Block));
        new TokenMerger(flow, plans, IsProportional(flow)).Run();
    }

    bool IsProportional(TokenFlow flow) => options.Proportional == Proportional.Auto ? !flow.Sites.Any(s => s is TokenSite.Pool) : options.Proportional == Proportional.On;

    ImmutableArray<long> Pairs(BlockChain chain)
    {
        var (blocks, tokens) = (chain.Blocks.Length, chain.Blocks[0].Tokens);
        if (options.R is { } r) return [.. Enumerable.Repeat((long)r, blocks)];
        if (options.Keep > 0) return MergeSchedule.Keeping(options.Keep, blocks, tokens);
        var schedule = options.Compression == Compression.None ? MergeSchedule.Parse(options.Schedule) : MergeSchedule.For(options.Compression, blocks, tokens);
        if (schedule is not { } known || known.Length != blocks)
            throw new DiagnosticException(Diagnostic.Create(Descriptors.ScheduleUnfit, ModelLocation.Of(chain.Blocks[0].Residual), blocks, tokens));
        return known;
    }
}
