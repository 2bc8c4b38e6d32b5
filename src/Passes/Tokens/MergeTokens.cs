using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Tokens;

/// <summary>
/// Similar tokens become one behind the attention of each block of an encoder, so that later ones have fewer to work on: ToMe (Bolya et al., 2023),
/// PYRA (Xiong et al., 2024). Later softmaxes and means count a token as often as those that it stands for.
/// </summary>
[Pass("merge-tokens", "Similar tokens of an encoder become one, block by block (ToMe, PYRA)", Numerics = Numerics.Approximate)]
public sealed class MergeTokens(MergeTokens.Options given) : ModelPass
{
    const string Searched = "auto";

    // Enough to tell two ways apart.
    const int FewSamples = 32;

    public sealed record Options
    {
        [Option("What becomes of tokens.")] public MergeMethod Method { get; init; }
        [Option("Pairs to merge in each block.")] public int? R { get; init; }
        [Option("Pairs to merge, block by block; the name of a published schedule; or `auto`, which searches on data.")] public ImmutableArray<string> Schedule { get; init; } = [];
        [Option("The published schedule for a model of this size.")] public Compression Compression { get; init; }
        [Option("Share of the tokens that is left behind the last block, merged evenly; 0 where something else says how many.")] public double Keep { get; init; }
        [Option("Whether attention counts a token as often as those that it stands for.")] public Proportional Proportional { get; init; }
        [Option("File with the weights of `pyra`, .npz or .safetensors; without it they are fitted to data.")] public string Weights { get; init; } = "";
        [Option("Candidates that a fit of `pyra` tries for each block.")] public int Trials { get; init; } = 24;
        [Option("Samples that a search or fit looks at.")] public int Samples { get; init; } = 128;
        [Option("Samples at once on which a search times a model, where it takes several.")] public int Batch { get; init; } = 8;
    }

    public override void Run(Model model, PassContext cx)
    {
        if (Nonsense() is { } nonsense) throw new DiagnosticException(Diagnostic.Create(Descriptors.BadMergeOption, null, nonsense));
        var options = WithProportion(model, cx);
        var pairs = options.Schedule is [Searched] ? new ScheduleSearch(model, cx, options).Run().OrThrow() : Pairs;
        var source = options.Method != MergeMethod.Pyra ? null
            : options.Weights.Length > 0 ? ModulationSource.OfFile(options.Weights, cx)
            : new ModulationSource("", null, new ModulationFit(model, cx, options, pairs).Run());
        if (options.Schedule is not [Searched] && cx.Meter is { } meter && cx.Gates is { } gates) new PrecisionSearch(model, cx, meter, gates, Change).Run();
        Change(model, cx);

        void Change(Model changing, PassContext trial)
        {
            TokenMerging.Prepare(changing, trial);
            var merging = new TokenMerging(options, trial) { Pairs = pairs, Modulation = (block, place, count) => source?.Of(block, place, count) };
            merging.Run(changing);
            if (merging.Found == 0) throw new DiagnosticException(Diagnostic.Create(Descriptors.NothingToMerge, ModelLocation.Of(changing)));
        }
    }

    // On merges of equal tokens it is exact, but a model may have been trained without.
    Options WithProportion(Model model, PassContext cx)
    {
        if (given.Proportional != Proportional.Auto || given.Method == MergeMethod.Drop || cx.Meter is not { } meter) return given;
        var trials = new MergeTrials(model, cx, meter);
        if (trials.Prepare() is not null || double.IsNaN(trials.Divergence(trials.Reference, 1))) return given;
        // A search has no schedule yet: a twentieth of the tokens in each block shows as much.
        var pairs = given.Schedule is [Searched] ? c => [.. c.Blocks.Select(b => b.Tokens / 20 + 1)] : (Func<BlockChain, ImmutableArray<long>>)Pairs;
        var (on, off) = (Loss(Proportional.On), Loss(Proportional.Off));
        return given with { Proportional = off < on ? Proportional.Off : Proportional.On };

        double Loss(Proportional proportional) => trials.Divergence(trials.Merge(given with { Proportional = proportional }, pairs), FewSamples);
    }

    string? Nonsense()
    {
        var ways = new[] { given.R is not null, given.Schedule.Length > 0, given.Compression != Compression.None, given.Keep != 0 }.Count(x => x);
        if (ways != 1) return "say how many tokens merge by one of `r`, `schedule`, `compression` and `keep`";
        if (given.R < 0) return "`r` cannot be negative";
        if (given.Trials < 0 || given.Samples < 1 || given.Batch < 1) return "`trials`, `samples` and `batch` cannot be negative";
        if (given.Weights.Length > 0 && given.Method != MergeMethod.Pyra) return "only `pyra` has `weights`";
        if (given.Keep is not (>= 0 and <= 1)) return "`keep` is a share from 0 to 1";
        return given.Schedule is [Searched] || MergeSchedule.Parse(given.Schedule) is not null ? null
            : $"`schedule` takes a number for each block, `auto`, or one of {string.Join(", ", MergeSchedule.Published.Keys.Select(n => $"`{n}`"))}";
    }

    ImmutableArray<long> Pairs(BlockChain chain)
    {
        var (blocks, tokens) = (chain.Blocks.Length, chain.Blocks[0].Tokens);
        if (given.R is { } r) return [.. Enumerable.Repeat((long)r, blocks)];
        if (given.Keep > 0) return MergeSchedule.Keeping(given.Keep, blocks, tokens);
        var schedule = given.Compression == Compression.None ? MergeSchedule.Parse(given.Schedule) : MergeSchedule.For(given.Compression, blocks, tokens);
        if (schedule is not { } known || known.Length != blocks)
            throw new DiagnosticException(Diagnostic.Create(Descriptors.ScheduleUnfit, ModelLocation.Of(chain.Blocks[0].Residual), blocks, tokens));
        return known;
    }
}
