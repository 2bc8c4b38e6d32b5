using System.Collections.Immutable;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Observes values by running the model on data, sample by sample, in memory that does not grow with the data. Samples are shared out among threads;
/// statistics merge exactly, so that how they are does not show. Values that do not fit in memory together are observed in several passes over the data.
/// </summary>
public sealed class DataCalibrator(DataSet data, CalibrationOptions? options = null) : ICalibrator
{
    readonly CalibrationOptions options = options ?? new();

    public Result<IReadOnlyDictionary<Value, ValueStatistics>> Observe(Model model, IReadOnlyList<Observation> values)
    {
        var wanted = values.DistinctBy(v => v.Value).ToImmutableArray();
        var loaded = ObservedModel.Load(model, [.. wanted.Select(w => w.Value)]);
        if (!loaded.IsOk) return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Fail(loaded.Diagnostics);
        using var observed = loaded.Value;
        var total = Fresh(wanted);
        if (Samples(observed).FirstOrDefault() is not { } first) return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Fail(NoSamples());
        var sizes = Sizes(observed, first);
        if (!sizes.IsOk) return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Fail(sizes.Diagnostics);
        var slices = Slices(sizes.Value, Math.Max(1, options.MemoryBytes / options.Threads));
        for (var i = 0; i < slices.Count; i++)
            if (ObserveSlice(observed, wanted, slices[i], total, i, slices.Count) is { } failure) return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Fail(failure);
        var found = new OrderedDictionary<Value, ValueStatistics>();
        for (var i = 0; i < wanted.Length; i++)
            if (sizes.Value[i] >= 0) found[wanted[i].Value] = total[i];
        return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Ok(found);
    }

    public Result<IReadOnlyDictionary<Value, double[]>> SecondMoments(Model model, IReadOnlyList<Value> values)
    {
        var loaded = ObservedModel.Load(model, values);
        if (!loaded.IsOk) return Result<IReadOnlyDictionary<Value, double[]>>.Fail(loaded.Diagnostics);
        using var observed = loaded.Value;
        var moments = values.Select(_ => new SecondMoment()).ToArray();
        var any = false;
        foreach (var sample in Samples(observed))
        {
            any = true;
            var run = observed.Run(sample, observed.Outputs);
            if (!run.IsOk) return Result<IReadOnlyDictionary<Value, double[]>>.Fail(run.Diagnostics);
            using var results = run.Value;
            Parallel.For(0, moments.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads },
                i => results.View(i, (element, dims, bytes) => moments[i].Add(FloatView.Of(element, bytes), dims)));
        }
        if (!any) return Result<IReadOnlyDictionary<Value, double[]>>.Fail(NoSamples());
        var found = new OrderedDictionary<Value, double[]>();
        for (var i = 0; i < moments.Length; i++)
            if (moments[i].Mean() is { } mean) found[values[i]] = mean;
        return Result<IReadOnlyDictionary<Value, double[]>>.Ok(found);
    }

    IEnumerable<Sample> Samples(ObservedModel observed) =>
        data.Batches(observed.Inputs, 1, options.Limit).Where((_, i) => i % options.Shards == options.Shard);

    // Bytes of every value on the first sample; -1 for what is no tensor of floats.
    static Result<long[]> Sizes(ObservedModel observed, Sample sample)
    {
        const int AtOnce = 8;
        var sizes = new long[observed.Outputs.Length];
        for (var start = 0; start < sizes.Length; start += AtOnce)
        {
            var run = observed.Run(sample, [.. observed.Outputs.Skip(start).Take(AtOnce)]);
            if (!run.IsOk) return Result<long[]>.Fail(run.Diagnostics);
            using var results = run.Value;
            for (var i = start; i < Math.Min(start + AtOnce, sizes.Length); i++)
            {
                sizes[i] = -1;
                results.View(i - start, (element, _, bytes) => sizes[i] = FloatView.Supports(element) ? bytes.Length : -1);
            }
        }
        return Result<long[]>.Ok(sizes);
    }

    static List<List<int>> Slices(long[] sizes, long budget)
    {
        var slices = new List<List<int>>();
        var room = 0L;
        for (var i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] < 0) continue;
            if (slices.Count == 0 || sizes[i] > room)
            {
                slices.Add([]);
                room = budget;
            }
            slices[^1].Add(i);
            room -= sizes[i];
        }
        return slices;
    }

    Diagnostic? ObserveSlice(ObservedModel observed, ImmutableArray<Observation> wanted, List<int> slice, ValueStatistics[] total, int index, int count)
    {
        string[] outputs = [.. slice.Select(i => observed.Outputs[i])];
        Diagnostic? failure = null;
        var gate = new Lock();
        var done = 0;
        Parallel.ForEach(Samples(observed), new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, () => Fresh([.. slice.Select(i => wanted[i])]),
            (sample, state, mine) =>
            {
                var run = observed.Run(sample, outputs);
                if (!run.IsOk)
                {
                    lock (gate) failure ??= run.Diagnostics[0];
                    state.Stop();
                    return mine;
                }
                using var results = run.Value;
                for (var i = 0; i < mine.Length; i++)
                    results.View(i, (element, dims, bytes) => mine[i].Add(FloatView.Of(element, bytes), dims));
                options.Progress?.Invoke(index * Math.Min(data.Count, options.Limit) + Interlocked.Increment(ref done), count * Math.Min(data.Count, options.Limit));
                return mine;
            },
            mine =>
            {
                lock (gate)
                    for (var i = 0; i < mine.Length; i++) total[slice[i]].Add(mine[i]);
            });
        return failure;
    }

    static ValueStatistics[] Fresh(ImmutableArray<Observation> wanted) => [.. wanted.Select(w => new ValueStatistics { ChannelAxis = w.ChannelAxis })];

    static Diagnostic NoSamples() => Diagnostic.Create(Descriptors.DataNotFound, null, "the data", "no sample is left for this shard");
}
