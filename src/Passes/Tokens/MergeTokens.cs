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
public sealed class MergeTokens(MergeTokens.Options options) : ModelPass
{
    const string Searched = "auto";

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
    }

    public override void Run(Model model, PassContext cx)
    {
        if (Nonsense() is { } nonsense) throw new DiagnosticException(Diagnostic.Create(Descriptors.BadMergeOption, null, nonsense));
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

    string? Nonsense()
    {
        var given = new[] { options.R is not null, options.Schedule.Length > 0, options.Compression != Compression.None, options.Keep != 0 }.Count(x => x);
        if (given != 1) return "say how many tokens merge by one of `r`, `schedule`, `compression` and `keep`";
        if (options.R < 0) return "`r` cannot be negative";
        if (options.Trials < 0 || options.Samples < 1) return "`trials` and `samples` cannot be negative";
        if (options.Weights.Length > 0 && options.Method != MergeMethod.Pyra) return "only `pyra` has `weights`";
        if (options.Keep is not (>= 0 and <= 1)) return "`keep` is a share from 0 to 1";
        return options.Schedule is [Searched] || MergeSchedule.Parse(options.Schedule) is not null ? null
            : $"`schedule` takes a number for each block, `auto`, or one of {string.Join(", ", MergeSchedule.Published.Keys.Select(n => $"`{n}`"))}";
    }

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
