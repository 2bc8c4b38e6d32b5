using System.Collections.Concurrent;
using System.Diagnostics;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>
/// Tries bounds of activations under faults. For every pattern of faults the model runs once up to the bound; from there on it runs for each candidate,
/// under the same faults. Candidates cost what is left of the model, and find the same as whole runs would.
/// </summary>
public sealed class ResilienceMeter(DataSet data, int limit = int.MaxValue, int? threads = null) : IResilienceMeter
{
    const int Batch = 50;
    const long MostCached = 1L << 30;

    readonly int threads = threads ?? Environment.ProcessorCount;
    IReadOnlyList<Sample> samples = [];
    FaultJudge judge = null!;
    double wholeSeconds, spentSeconds;
    long tried;

    // The cut that was made last; candidates for one bound come one after the other.
    (Model Model, long Revision, Value Bound)? known;
    SplitModel? split;
    readonly ConcurrentDictionary<FaultPattern, IReadOnlyList<IReadOnlyDictionary<string, RuntimeValue>>?> cache = new();
    long cached;

    /// <summary>Called with patterns of faults that are done, and how many there are.</summary>
    public Action<int, int>? Progress { get; init; }

    public double Baseline => judge.Baseline is { Right: { } right } ? (double)right / judge.Count : 1;

    public SearchCost Cost => new(tried, wholeSeconds > 0 ? spentSeconds / wholeSeconds : 0);

    public Diagnostic? Begin(Model reference, bool needsLabels)
    {
        if (needsLabels && data.Labels is null) return Diagnostic.Create(Descriptors.LabelsNeeded, ModelLocation.Of(reference), "the data hold no `labels`");
        (tried, spentSeconds, known) = (0, 0, null);
        var pinned = PinnedModel.Of(ModelSource.Bytes(ModelWriter.ToBytes(reference)));
        if (!pinned.IsOk) return pinned.Diagnostics[0];
        var opened = FaultSession.Open(pinned.Value);
        if (!opened.IsOk) return opened.Diagnostics[0];
        using var session = opened.Value;
        if (Decisions.Scores(session.Outputs) is not { } scores) return Decisions.NoScores();
        samples = [.. data.Batches(session.Inputs, Batch, limit)];
        if (session.Feed(samples.Select(s => s.Inputs), [scores.Name]) is { } unfit) return unfit;
        var expected = new List<int>();
        if (session.Decide(expected) is { } failure) return failure;
        var watch = Stopwatch.StartNew();
        if (session.Decide(expected) is { } again) return again;
        wholeSeconds = watch.Elapsed.TotalSeconds;
        if (expected.Count == 0) return Diagnostic.Create(Descriptors.DataNotFound, null, "the data", "no whole batch of samples");
        var judged = FaultJudge.Of(expected, data);
        if (!judged.IsOk) return judged.Diagnostics[0];
        judge = judged.Value;
        return null;
    }

    public Result<ElementBounds> Elements(Model model, Value value)
    {
        var loaded = ObservedModel.Load(model, [value]);
        if (!loaded.IsOk) return Result<ElementBounds>.Fail(loaded.Diagnostics);
        using var observed = loaded.Value;
        ElementBounds? bounds = null;
        // Half of the samples: whether the bounds hold for others shows on the rest.
        var batches = data.Batches(observed.Inputs, Batch, limit).ToList();
        foreach (var sample in batches.Take((batches.Count + 1) / 2))
        {
            var run = observed.Run(sample, observed.Outputs);
            if (!run.IsOk) return Result<ElementBounds>.Fail(run.Diagnostics);
            using var results = run.Value;
            results.View(0, (element, dims, bytes) =>
            {
                var numbers = FloatView.Of(element, bytes);
                var rest = dims[1..];
                var count = numbers.Length / (int)Math.Max(1, dims[0]);
                bounds ??= new([.. rest], [.. Enumerable.Repeat(float.PositiveInfinity, count)], [.. Enumerable.Repeat(float.NegativeInfinity, count)]);
                if (!bounds.Dims.AsSpan().SequenceEqual(rest)) return;
                for (var i = 0; i < numbers.Length; i++)
                {
                    if (!float.IsFinite(numbers[i])) continue;
                    bounds.Least[i % count] = Math.Min(bounds.Least[i % count], numbers[i]);
                    bounds.Most[i % count] = Math.Max(bounds.Most[i % count], numbers[i]);
                }
            });
        }
        return bounds is not null ? Result<ElementBounds>.Ok(bounds) : Result<ElementBounds>.Fail(Diagnostic.Create(Descriptors.DataNotFound, null, "the data", "no whole batch of samples"));
    }

    public Result<IReadOnlyList<double[]>> Try(Model model, Value bound, IReadOnlyList<TensorData> candidates, FaultPlan plan)
    {
        if (known != (model, model.Revision, bound))
        {
            var made = SplitModel.Of(model, bound);
            if (!made.IsOk) return Result<IReadOnlyList<double[]>>.Fail(made.Diagnostics);
            (split, known, cached) = (made.Value, (model, model.Revision, bound), 0);
            cache.Clear();
        }
        List<FaultPattern> faultless = [new(-1, 0, 0)];
        List<FaultPattern> patterns = [.. plan.Rates.SelectMany((r, i) => Enumerable.Range(0, plan.Trials).Select(t => new FaultPattern(i, r, t)))];
        var (first, found) = (new IReadOnlyList<FaultTrial>?[1], new IReadOnlyList<FaultTrial>?[patterns.Count]);
        if (Run(faultless, plan.Seed, candidates, first) is { } failure) return Result<IReadOnlyList<double[]>>.Fail(failure);
        var kept = candidates.Select((c, i) => (Candidate: c, Place: i)).Where(c => Share(first[0]![c.Place]) >= plan.Least).ToList();
        if (kept.Count > 0 && Run(patterns, plan.Seed, [.. kept.Select(k => k.Candidate)], found) is { } broken) return Result<IReadOnlyList<double[]>>.Fail(broken);
        var curves = candidates.Select((_, i) => new double[plan.Rates.Length + 1]).ToList();
        for (var i = 0; i < candidates.Count; i++) curves[i][0] = Share(first[0]![i]);
        for (var k = 0; k < kept.Count; k++)
            for (var p = 0; p < patterns.Count; p++)
                // What hits nothing decides as without faults.
                curves[kept[k].Place][patterns[p].Place + 1] += Share(found[p] is { } trials ? trials[k] : first[0]![kept[k].Place]) / plan.Trials;
        return Result<IReadOnlyList<double[]>>.Ok(curves);
    }

    Diagnostic? Run(List<FaultPattern> patterns, ulong seed, IReadOnlyList<TensorData> candidates, IReadOnlyList<FaultTrial>?[] found)
    {
        List<byte[]> bytes = [.. candidates.Select(c => c.Bytes.ToArray())];
        tried += (long)candidates.Count * patterns.Count;
        var workers = new ConcurrentBag<SplitWorker>();
        Diagnostic? failure = null;
        var done = 0;
        try
        {
            for (var i = 0; i < Math.Min(threads, patterns.Count); i++)
            {
                var opened = SplitWorker.Open(split!, samples);
                if (!opened.IsOk) return opened.Diagnostics[0];
                workers.Add(opened.Value);
            }
            Parallel.For(0, patterns.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, p =>
            {
                if (!workers.TryTake(out var worker)) throw new InvalidOperationException("more threads than workers");
                var decided = Decide(worker, patterns[p], seed, bytes);
                workers.Add(worker);
                lock (found)
                {
                    if (decided is { IsOk: false }) failure ??= decided.Diagnostics[0];
                    else found[p] = decided?.Value;
                    Progress?.Invoke(++done, patterns.Count);
                }
            });
            return failure;
        }
        finally
        {
            spentSeconds += workers.Sum(w => w.Busy.Elapsed.TotalSeconds);
            foreach (var worker in workers) worker.Dispose();
        }
    }

    // Null when the pattern hits nothing, so that it decides as without faults.
    Result<IReadOnlyList<FaultTrial>>? Decide(SplitWorker worker, FaultPattern pattern, ulong seed, List<byte[]> candidates)
    {
        if (!cache.TryGetValue(pattern, out var links))
        {
            var ran = worker.Links(pattern, seed);
            if (ran is { IsOk: false }) return Result<IReadOnlyList<FaultTrial>>.Fail(ran.Diagnostics);
            links = ran?.Value;
            var size = links?.SelectMany(l => l.Values).OfType<TensorValue>().Sum(v => v.Data.ByteLength) ?? 0;
            if (Interlocked.Add(ref cached, size) <= MostCached) cache[pattern] = links;
            else Interlocked.Add(ref cached, -size);
        }
        return links is null ? null : worker.Decide(pattern, seed, samples, links, candidates, judge);
    }

    double Share(FaultTrial trial) => (double)(trial.Right ?? trial.Same) / judge.Count;
}
