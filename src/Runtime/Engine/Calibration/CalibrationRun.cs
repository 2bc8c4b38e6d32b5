using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Observes every floating-point value of a model's main graph on data, and makes a table of it. What was seen is written down from time to time,
/// so that a run that was cut short goes on where it was.
/// </summary>
public sealed class CalibrationRun(Model model, DataSet data, CalibrationOptions options)
{
    // Samples between two looks at the clock.
    const int Chunk = 16;
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    static readonly Dictionary<string, int> ChannelAxes = new(StringComparer.Ordinal) { ["Conv"] = 1, ["Gemm"] = -1, ["MatMul"] = -1 };

    /// <param name="checkpoint">File for what was seen so far; it is gone after a run that ends well.</param>
    public Result<CalibrationTable> Run(string? checkpoint = null)
    {
        new TypeInference().Infer(model);
        var wanted = Wanted();
        if (wanted.IsEmpty) return Result<CalibrationTable>.Fail(Diagnostic.Create(Descriptors.NothingObserved, ModelLocation.Of(model)));
        var loaded = ObservedModel.Load(model, [.. wanted.Select(w => w.Value)]);
        if (!loaded.IsOk) return Result<CalibrationTable>.Fail(loaded.Diagnostics);
        using var observed = loaded.Value;
        var samples = new ShardedSamples(data, observed.Inputs, options);
        if (samples.Count == 0) return Result<CalibrationTable>.Fail(Diagnostic.Create(Descriptors.DataNotFound, null, "the data", "no whole batch of samples is left for this shard"));

        var identity = Identity(wanted);
        var observer = new SampleObserver(observed, wanted, options with { Progress = null });
        var done = Resume(checkpoint, identity, observer, wanted);
        var last = DateTime.UtcNow;
        foreach (var chunk in samples.All.Skip(done).Chunk(Chunk))
        {
            if (observer.Add(chunk, chunk.Length) is { } failure) return Result<CalibrationTable>.Fail(failure);
            done += chunk.Length;
            options.Progress?.Invoke(done, samples.Count);
            if (checkpoint is null || DateTime.UtcNow - last < Interval || done == samples.Count) continue;
            if (CalibrationFile.Write(checkpoint, Table(identity, observer, wanted, samples, done, finished: false)) is { } unwritten) return Result<CalibrationTable>.Fail(unwritten);
            last = DateTime.UtcNow;
        }
        if (checkpoint is not null) File.Delete(checkpoint);
        return Result<CalibrationTable>.Ok(Table(identity, observer, wanted, samples, done, finished: true));
    }

    ImmutableArray<Observation> Wanted()
    {
        var graph = model.Main;
        return [.. graph.Inputs.Where(i => !i.IsInitializer).Concat(graph.Nodes.Where(n => !n.Op.Is("Constant")).SelectMany(n => n.Outputs))
            .Where(v => v.Name.Length > 0 && v.Constant is null && (v.Type is null or TensorType) && (v.ElementType is null || FloatingType.CanRead(v.ElementType)))
            .Select(v => new Observation(v, Axis(v)))];
    }

    static int? Axis(Value value)
    {
        foreach (var use in value.Uses)
            if (use is { User: Node node, Slot: 0 } && node.Op.IsStandard && ChannelAxes.TryGetValue(node.Op.Name, out var axis)) return axis;
        return null;
    }

    ulong Identity(ImmutableArray<Observation> wanted)
    {
        var hash = new XxHash3();
        foreach (var (value, axis) in wanted) hash.Append(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{value.Name}\0{axis}\n")));
        foreach (var initializer in model.Main.Initializers) hash.Append(MemoryMarshal.AsBytes([initializer.Initializer!.ContentHash()]));
        return hash.GetCurrentHashAsUInt64();
    }

    // Samples that a table of an earlier run holds.
    int Resume(string? checkpoint, ulong identity, SampleObserver observer, ImmutableArray<Observation> wanted)
    {
        if (checkpoint is null || !File.Exists(checkpoint) || CalibrationFile.Read(checkpoint) is not { IsOk: true, Value: var table }) return 0;
        if (table.Model != identity || table.Progress is not { } progress || !table.Shards.SequenceEqual([(options.Shards, options.Shard)])) return 0;
        for (var i = 0; i < wanted.Length; i++)
            if (table.Values.TryGetValue(wanted[i].Value.Name, out var seen)) observer.Resume(i, seen);
        return (int)progress;
    }

    CalibrationTable Table(ulong identity, SampleObserver observer, ImmutableArray<Observation> wanted, ShardedSamples samples, int done, bool finished)
    {
        var table = new CalibrationTable(identity)
        {
            Samples = (long)done * samples.Rows,
            // The last shard answers for what is left over.
            Dropped = options.Shard == options.Shards - 1 ? samples.Available % samples.Rows : 0,
            Progress = finished ? null : done,
        };
        table.Add(options.Shard, options.Shards);
        for (var i = 0; i < wanted.Length; i++)
            if (observer.Statistics(i) is { } seen) table[wanted[i].Value.Name] = seen;
        return table;
    }
}
