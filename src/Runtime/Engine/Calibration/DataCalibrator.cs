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
        var samples = new SampleObserver(observed, wanted, options);
        var shard = new ShardedSamples(data, observed.Inputs, options);
        if (samples.Add(shard.All, shard.Count) is { } failure) return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Fail(failure);
        if (samples.Seen == 0) return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Fail(NoSamples());
        var found = new OrderedDictionary<Value, ValueStatistics>();
        for (var i = 0; i < wanted.Length; i++)
            if (samples.Statistics(i) is { } seen) found[wanted[i].Value] = seen;
        return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Ok(found);
    }

    public Result<IReadOnlyDictionary<Value, double[]>> SecondMoments(Model model, IReadOnlyList<Value> values)
    {
        var loaded = ObservedModel.Load(model, values);
        if (!loaded.IsOk) return Result<IReadOnlyDictionary<Value, double[]>>.Fail(loaded.Diagnostics);
        using var observed = loaded.Value;
        var moments = values.Select(_ => new SecondMoment()).ToArray();
        var any = false;
        foreach (var sample in new ShardedSamples(data, observed.Inputs, options).All)
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

    public Result<IReadOnlyDictionary<Value, float[]>> Rows(Model model, IReadOnlyList<Value> values, int most, int run = 1)
    {
        var loaded = ObservedModel.Load(model, values);
        if (!loaded.IsOk) return Result<IReadOnlyDictionary<Value, float[]>>.Fail(loaded.Diagnostics);
        using var observed = loaded.Value;
        var samples = new ShardedSamples(data, observed.Inputs, options);
        if (samples.Count == 0) return Result<IReadOnlyDictionary<Value, float[]>>.Fail(NoSamples());
        var runs = Math.Max(1, most / run);
        var step = (samples.Count + runs - 1) / runs;
        var rows = values.Select(_ => new RowSamples(Math.Max(1, runs / ((samples.Count + step - 1) / step)), run)).ToArray();
        foreach (var sample in samples.All.Where((_, i) => i % step == 0))
        {
            var ran = observed.Run(sample, observed.Outputs);
            if (!ran.IsOk) return Result<IReadOnlyDictionary<Value, float[]>>.Fail(ran.Diagnostics);
            using var results = ran.Value;
            for (var i = 0; i < rows.Length; i++) results.View(i, (element, dims, bytes) => rows[i].Add(FloatView.Of(element, bytes), dims));
        }
        var found = new OrderedDictionary<Value, float[]>();
        for (var i = 0; i < rows.Length; i++)
            if (rows[i].All is { } all) found[values[i]] = all;
        return Result<IReadOnlyDictionary<Value, float[]>>.Ok(found);
    }

    static Diagnostic NoSamples() => Diagnostic.Create(Descriptors.DataNotFound, null, "the data", "no sample is left for this shard");
}
