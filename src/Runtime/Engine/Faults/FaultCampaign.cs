using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>
/// Strikes the memory of open sessions with random faults, over and over, and counts what the model still decides right. A trial costs a run on the
/// data: weights are changed where they lie and put back, activations between two layers. What a trial finds depends on its number alone, not on threads, shards or order.
/// </summary>
public sealed class FaultCampaign(ModelSource source, DataSet data, FaultOptions options)
{
    // Trials before an interval may be trusted to be narrow.
    const int LeastTrials = 10;

    PinnedModel pinned = null!;
    ActivationChain? chain;
    FaultJudge judge = null!;
    int done;

    /// <param name="file">Where trials are written as they end, and read from to go on; null for nowhere.</param>
    public Result<FaultLedger> Run(string? file = null)
    {
        var optimized = PinnedModel.Of(source);
        if (!optimized.IsOk) return Result<FaultLedger>.Fail(optimized.Diagnostics);
        pinned = optimized.Value;
        if (options.Memory == FaultyMemory.Activations)
        {
            var cut = ActivationChain.Of(pinned);
            if (!cut.IsOk) return Result<FaultLedger>.Fail(cut.Diagnostics);
            chain = cut.Value;
        }
        var chosen = FaultTargets.Of(chain?.Sites ?? pinned.Weights, options);
        if (!chosen.IsOk) return Result<FaultLedger>.Fail(chosen.Diagnostics);
        var sessions = new ConcurrentBag<IFaultySession>();
        try
        {
            var first = Open();
            if (!first.IsOk) return Result<FaultLedger>.Fail(first.Diagnostics);
            sessions.Add(first.Value);
            var expected = new List<int>();
            if (first.Value.Decide(expected) is { } failure) return Result<FaultLedger>.Fail(failure);
            if (expected.Count == 0) return Result<FaultLedger>.Fail(Diagnostic.Create(Descriptors.DataNotFound, null, "the data", "no whole batch of samples"));
            var judged = FaultJudge.Of(expected, data);
            if (!judged.IsOk) return Result<FaultLedger>.Fail(judged.Diagnostics);
            judge = judged.Value;
            var live = first.Value.Live();
            if (!live.IsOk) return Result<FaultLedger>.Fail(live.Diagnostics);
            List<FaultTarget> targets = [.. chosen.Value.Select(t => t with { Sites = [.. t.Sites.Where(live.Value.Contains)] })];
            var sites = first.Value.Sites;
            var ledger = Ledger(targets, sites);
            if (file is not null && File.Exists(file) && Resume(file, ledger) is { } mismatch) return Result<FaultLedger>.Fail(mismatch);
            for (var i = 1; i < options.Threads; i++)
            {
                var other = Open();
                if (!other.IsOk) return Result<FaultLedger>.Fail(other.Diagnostics);
                sessions.Add(other.Value);
            }
            if ((file is null ? null : FaultLedgerFile.Write(file, ledger)) is { } unwritten) return Result<FaultLedger>.Fail(unwritten);
            using var log = file is null ? null : new StreamWriter(file, append: true) { AutoFlush = true };
            for (var target = 0; target < targets.Count; target++)
                for (var rate = 0; rate < options.Rates.Length; rate++)
                    if (Trials(ledger, targets[target], target, rate, sessions, log) is { } broken) return Result<FaultLedger>.Fail(broken);
            List<string> unseen = [.. chosen.Value.SelectMany(t => t.Sites).Distinct().Where(s => !live.Value.Contains(s)).Select(s => $"`{sites[s].Name}`")];
            return Result<FaultLedger>.Ok(ledger, unseen.Count == 0 ? [] : [Diagnostic.Create(Descriptors.WeightsNotLive, null, unseen.Count, string.Join(", ", unseen.Take(5)))]);
        }
        finally
        {
            foreach (var session in sessions) session.Dispose();
        }
    }

    Result<IFaultySession> Open()
    {
        if (chain is not null) return ActivationSession.Open(chain, data, options.Batch, options.Limit);
        var opened = FaultSession.Open(pinned);
        if (!opened.IsOk) return Result<IFaultySession>.Fail(opened.Diagnostics);
        var scores = Decisions.Scores(opened.Value.Outputs);
        var failure = scores is null ? Decisions.NoScores()
            : opened.Value.Feed(data.Batches(opened.Value.Inputs, options.Batch, options.Limit).Select(s => s.Inputs), [scores.Name]);
        if (failure is null) return Result<IFaultySession>.Ok(opened.Value);
        opened.Value.Dispose();
        return Result<IFaultySession>.Fail(failure);
    }

    FaultLedger Ledger(List<FaultTarget> targets, IReadOnlyList<FaultSite> sites) => new()
    {
        Identity = Identity(),
        Targets = [.. targets.Select(t => t.Name)],
        Rates = options.Rates,
        Decisions = judge.Count,
        Right = judge.Baseline.Right,
        Bits = targets.SelectMany(t => t.Sites).Distinct().Sum(s => sites[s].Bits),
    };

    ulong Identity()
    {
        var hash = new XxHash3();
        foreach (var weight in pinned.Weights)
        {
            hash.Append(Encoding.UTF8.GetBytes(weight.Name));
            hash.Append(MemoryMarshal.AsBytes([weight.Data.ContentHash()]));
        }
        var (faults, baseline) = (options.Faults, judge.Baseline);
        hash.Append(Encoding.UTF8.GetBytes(FormattableString.Invariant(
            $"{(chain is null ? "" : "activations/")}{faults.Kind}/{faults.Sampler}/{faults.Codec}/{faults.Bit}/{options.Seed}/{options.Scope}/{judge.Count}/{baseline.Right}")));
        return hash.GetCurrentHashAsUInt64();
    }

    static Diagnostic? Resume(string file, FaultLedger ledger)
    {
        var read = FaultLedgerFile.Read(file);
        if (!read.IsOk) return read.Diagnostics[0];
        if (ledger.Mismatch(read.Value) is { } reason) return Diagnostic.Create(Descriptors.LedgerMismatch, null, file, reason);
        foreach (var (place, trial) in read.Value.Trials) ledger.Add(place, trial);
        return null;
    }

    Diagnostic? Trials(FaultLedger ledger, FaultTarget target, int place, int rate, ConcurrentBag<IFaultySession> sessions, StreamWriter? log)
    {
        var all = ledger.Targets.Length * ledger.Rates.Length * options.Trials / options.Shards;
        List<int> mine = [.. Enumerable.Range(0, options.Trials).Where(t => t % options.Shards == options.Shard)];
        Diagnostic? failure = null;
        var chunk = options.Until is null ? mine.Count : Math.Max(LeastTrials, options.Threads);
        foreach (var part in mine.Chunk(Math.Max(1, chunk)))
        {
            Parallel.ForEach(part.Where(t => !ledger.Trials.ContainsKey((place, rate, t))).ToList(), new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, trial =>
            {
                if (!sessions.TryTake(out var session)) throw new InvalidOperationException("more workers than sessions");
                var found = Try(session, target, options.Rates[rate], trial);
                sessions.Add(session);
                lock (ledger)
                {
                    if (!found.IsOk)
                    {
                        failure ??= found.Diagnostics[0];
                        return;
                    }
                    ledger.Add((place, rate, trial), found.Value);
                    log?.WriteLine(FaultLedgerFile.Line((place, rate, trial), found.Value));
                    options.Progress?.Invoke(++done, all);
                }
            });
            if (failure is not null) return failure;
            // Whole chunks, so that where it stops does not depend on who came first.
            if (options.Until is { } until && ledger.Curve(place).Last(p => p.Rate == options.Rates[rate]).Kept.HalfWidth <= until) break;
        }
        done = ((place * options.Rates.Length) + rate + 1) * mine.Count;
        return null;
    }

    Result<FaultTrial> Try(IFaultySession session, FaultTarget target, double rate, int trial)
    {
        var hits = session.Strike(options.Faults with { Bit = target.Bit }, target.Sites, rate, options.Seed, trial);
        try
        {
            // Nothing was hit, nothing changes.
            if (hits == 0) return Result<FaultTrial>.Ok(judge.Baseline);
            var decided = new List<int>(judge.Count);
            return session.Decide(decided) is { } failure ? Result<FaultTrial>.Fail(failure) : Result<FaultTrial>.Ok(judge.Judge(decided, hits));
        }
        finally
        {
            session.Heal();
        }
    }
}
