using System.Diagnostics;
using System.Runtime.CompilerServices;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>
/// Measures models on data. Outputs of a reference are computed once, for as many samples as fit in memory. Without data, generated inputs show how fast
/// a model is, and nothing of how right.
/// </summary>
public sealed class ModelMeter : IModelMeter
{
    const long MostBytes = 1L << 28;
    const int Warmup = 3;
    const double TimingMilliseconds = 600;
    const int LeastRuns = 12;
    const int MostRuns = 60;

    readonly DataSet? data;
    readonly int limit;
    readonly InputGenerator? generator;
    readonly SessionSettings settings;
    readonly ConditionalWeakTable<Model, Reference> references = [];

    public ModelMeter(DataSet data, int limit = int.MaxValue, SessionSettings? settings = null) =>
        (this.data, this.limit, this.settings) = (data, limit, settings ?? SessionSettings.Default);

    public ModelMeter(InputGenerator generator, SessionSettings? settings = null) => (this.generator, this.settings) = (generator, settings ?? SessionSettings.Default);

    sealed record Reference(long Revision, byte[] Bytes, double Milliseconds, IReadOnlyList<ModelPort> Ports, IReadOnlyList<Sample> Samples, IReadOnlyList<TensorData?> Labels,
        IReadOnlyList<IReadOnlyDictionary<string, RuntimeValue>> Outputs);

    public Diagnostic? Prepare(Model reference) => Known(reference) is { IsOk: false, Diagnostics: var failures } ? failures[0] : null;

    public Result<Deviation> Measure(Model reference, Model candidate, int samples = int.MaxValue)
    {
        var known = Known(reference);
        if (!known.IsOk) return Result<Deviation>.Fail(known.Diagnostics);
        if (data is null) return Result<Deviation>.Ok(new(null, null, null, 0));
        var loaded = OrtModel.Load(ModelWriter.ToBytes(candidate), settings);
        if (!loaded.IsOk) return Result<Deviation>.Fail(loaded.Diagnostics);
        using var session = loaded.Value;
        var deviation = new DeviationAccumulator();
        for (var i = 0; i < Math.Min(samples, known.Value.Samples.Count); i++)
        {
            var run = session.Run(known.Value.Samples[i].Inputs);
            if (!run.IsOk) return Result<Deviation>.Fail(run.Diagnostics);
            foreach (var (name, value) in known.Value.Outputs[i])
                if (value is TensorValue expected && run.Value.GetValueOrDefault(name) is TensorValue actual)
                    deviation.Add(name, expected.Data, actual.Data, known.Value.Labels[i]);
        }
        return Result<Deviation>.Ok(deviation.Result());
    }

    public Result<Speed> Compare(Model reference, Model candidate, int samples = 1)
    {
        var known = Known(reference);
        if (!known.IsOk) return Result<Speed>.Fail(known.Diagnostics);
        var (first, other) = (ModelSource.Bytes(known.Value.Bytes), ModelSource.Bytes(ModelWriter.ToBytes(candidate)));
        var inputs = data is null ? known.Value.Samples[0].Inputs : data.Batches(known.Value.Ports, samples, limit).First().Inputs;
        var runs = (int)Math.Clamp(TimingMilliseconds / 2 / Math.Max(known.Value.Milliseconds * samples, 1e-3), LeastRuns, MostRuns);
        var timed = new PairedBenchmark(new BenchmarkOptions { Runs = runs, Warmup = Warmup, Settings = settings, Inputs = inputs }).Run(first, other);
        return timed.IsOk ? Result<Speed>.Ok(new(timed.Value.Ratio!.Value)) : Result<Speed>.Fail(timed.Diagnostics);
    }

    Result<Reference> Known(Model model)
    {
        if (references.TryGetValue(model, out var known) && known.Revision == model.Revision) return Result<Reference>.Ok(known);
        var bytes = ModelWriter.ToBytes(model);
        var loaded = OrtModel.Load(bytes, settings);
        if (!loaded.IsOk) return Result<Reference>.Fail(loaded.Diagnostics);
        using var session = loaded.Value;
        var (samples, labels, outputs) = (new List<Sample>(), new List<TensorData?>(), new List<IReadOnlyDictionary<string, RuntimeValue>>());
        var (room, row, fastest) = (MostBytes, 0, double.PositiveInfinity);
        var inputs = data is null ? Generated(session) : Result<IEnumerable<Sample>>.Ok(data.Batches(session.Inputs, 1, limit));
        if (!inputs.IsOk) return Result<Reference>.Fail(inputs.Diagnostics);
        foreach (var sample in inputs.Value)
        {
            var watch = Stopwatch.StartNew();
            var run = session.Run(sample.Inputs);
            if (!run.IsOk) return Result<Reference>.Fail(run.Diagnostics);
            fastest = Math.Min(fastest, watch.Elapsed.TotalMilliseconds);
            var rows = data?.RowsOf(session.Inputs) ?? 1;
            samples.Add(sample);
            labels.Add(data?.Labels is { } all ? DataSet.Slice(all, row, rows) : null);
            outputs.Add(run.Value);
            row += rows;
            room -= run.Value.Values.OfType<TensorValue>().Sum(v => v.Data.ByteLength);
            if (room < 0) break;
        }
        if (samples.Count == 0) return Result<Reference>.Fail(Diagnostic.Create(Descriptors.DataNotFound, null, "the data", "no whole batch of samples"));
        known = new Reference(model.Revision, bytes, fastest, session.Inputs, samples, labels, outputs);
        references.AddOrUpdate(model, known);
        return Result<Reference>.Ok(known);
    }

    Result<IEnumerable<Sample>> Generated(OrtModel session)
    {
        var values = generator!.ForModel(session);
        return values.IsOk ? Result<IEnumerable<Sample>>.Ok([new Sample(values.Value, Sample.NothingExpected)]) : Result<IEnumerable<Sample>>.Fail(values.Diagnostics);
    }
}
