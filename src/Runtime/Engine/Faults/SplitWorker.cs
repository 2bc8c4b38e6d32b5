using System.Diagnostics;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>Sessions for both parts of a model; every thread has its own.</summary>
sealed class SplitWorker : IDisposable
{
    static readonly FaultModel Flips = new();

    readonly SplitModel split;
    readonly FaultSession? prefix;
    readonly FaultSession suffix;
    readonly string scores;
    readonly IReadOnlyList<int> prefixWeights, suffixWeights;

    SplitWorker(SplitModel split, FaultSession? prefix, FaultSession suffix, string scores)
    {
        (this.split, this.prefix, this.suffix, this.scores) = (split, prefix, suffix, scores);
        prefixWeights = [.. Enumerable.Range(0, split.Prefix?.Weights.Count ?? 0)];
        suffixWeights = [.. Enumerable.Range(0, split.Suffix.Weights.Count).Where(i => i != split.Bound)];
    }

    /// <summary>Time spent in runs.</summary>
    public Stopwatch Busy { get; } = new();

    public static Result<SplitWorker> Open(SplitModel split, IReadOnlyList<Sample> samples)
    {
        var suffix = FaultSession.Open(split.Suffix);
        if (!suffix.IsOk) return Result<SplitWorker>.Fail(suffix.Diagnostics);
        var prefix = split.Prefix is { } model ? FaultSession.Open(model) : null;
        var failure = prefix is { IsOk: false } ? prefix.Diagnostics[0]
            : Decisions.Scores(suffix.Value.Outputs) is null ? Decisions.NoScores()
            : prefix?.Value!.Feed(samples.Select(s => Part(s.Inputs, prefix.Value)), split.Links);
        if (failure is null) return Result<SplitWorker>.Ok(new(split, prefix?.Value, suffix.Value, Decisions.Scores(suffix.Value.Outputs)!.Name));
        prefix?.Value?.Dispose();
        suffix.Value.Dispose();
        return Result<SplitWorker>.Fail(failure);
    }

    /// <summary>Runs the prefix under faults. Null when no bit was hit in either part.</summary>
    public Result<IReadOnlyList<IReadOnlyDictionary<string, RuntimeValue>>>? Links(FaultPattern pattern, ulong seed)
    {
        var hits = suffix.Memory.Strike(Flips, suffixWeights, pattern.Rate, seed, pattern.Trial);
        suffix.Memory.Heal();
        if (prefix is null) return hits == 0 && pattern.Rate > 0 ? null : Result<IReadOnlyList<IReadOnlyDictionary<string, RuntimeValue>>>.Ok([]);
        hits += prefix.Memory.Strike(Flips, prefixWeights, pattern.Rate, seed, pattern.Trial);
        try
        {
            if (hits == 0 && pattern.Rate > 0) return null;
            Busy.Start();
            return prefix.Compute();
        }
        finally
        {
            Busy.Stop();
            prefix.Memory.Heal();
        }
    }

    /// <summary>Runs the suffix under faults for every candidate. Returns how each decides.</summary>
    public Result<IReadOnlyList<FaultTrial>> Decide(FaultPattern pattern, ulong seed, IReadOnlyList<Sample> samples,
        IReadOnlyList<IReadOnlyDictionary<string, RuntimeValue>> links, IReadOnlyList<byte[]> candidates, FaultJudge judge)
    {
        var inputs = samples.Select((s, i) => (IReadOnlyDictionary<string, RuntimeValue>)
            Part(s.Inputs, suffix).Concat(links.Count == 0 ? [] : links[i]).ToDictionary(p => p.Key, p => p.Value));
        Busy.Start();
        suffix.Memory.Strike(Flips, suffixWeights, pattern.Rate, seed, pattern.Trial);
        try
        {
            if (suffix.Feed(inputs, [scores]) is { } unfit) return Result<IReadOnlyList<FaultTrial>>.Fail(unfit);
            var (trials, decided) = (new List<FaultTrial>(), new List<int>());
            foreach (var candidate in candidates)
            {
                candidate.CopyTo(suffix.Memory[split.Bound].Bytes);
                if (suffix.Decide(decided) is { } failure) return Result<IReadOnlyList<FaultTrial>>.Fail(failure);
                trials.Add(judge.Judge(decided, 0));
            }
            return Result<IReadOnlyList<FaultTrial>>.Ok(trials);
        }
        finally
        {
            suffix.Memory.Heal();
            suffix.Forget();
            Busy.Stop();
        }
    }

    static Dictionary<string, RuntimeValue> Part(IReadOnlyDictionary<string, RuntimeValue> inputs, FaultSession session) =>
        session.Inputs.Where(i => inputs.ContainsKey(i.Name)).ToDictionary(i => i.Name, i => inputs[i.Name]);

    public void Dispose()
    {
        prefix?.Dispose();
        suffix.Dispose();
    }
}
