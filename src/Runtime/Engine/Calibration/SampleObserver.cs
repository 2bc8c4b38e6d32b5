using System.Collections.Immutable;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Runs samples through an observed model and adds up what its values are. Samples are shared out among threads; statistics merge exactly, so that
/// how they are does not show. Values that do not fit in memory together are observed in several passes.
/// </summary>
sealed class SampleObserver(ObservedModel observed, ImmutableArray<Observation> wanted, CalibrationOptions options)
{
    const int AtOnce = 8;

    readonly ValueStatistics[] total = Fresh(wanted);
    List<List<int>>? slices;
    long[] sizes = [];

    /// <summary>Samples added.</summary>
    public long Seen { get; private set; }

    /// <summary>Of the value at <paramref name="index"/>; null when it is no tensor of floats.</summary>
    public ValueStatistics? Statistics(int index) => sizes.Length > 0 && sizes[index] >= 0 ? total[index] : null;

    /// <summary>Adds what was seen before, of samples that need not be run again.</summary>
    public void Resume(int index, ValueStatistics seen) => total[index].Add(seen);

    /// <summary>Adds samples, of which there are <paramref name="count"/>. Returns what went wrong, or null.</summary>
    public Diagnostic? Add(IEnumerable<Sample> samples, int count)
    {
        if (slices is null)
        {
            if (samples.FirstOrDefault() is not { } first) return null;
            if (Measure(first) is { } failure) return failure;
        }
        for (var i = 0; i < slices!.Count; i++)
            if (AddSlice(samples, slices[i], i * count, slices.Count * count) is { } failure) return failure;
        Seen += count;
        return null;
    }

    // Bytes of every value on the first sample; -1 for what is no tensor of floats.
    Diagnostic? Measure(Sample sample)
    {
        sizes = new long[observed.Outputs.Length];
        for (var start = 0; start < sizes.Length; start += AtOnce)
        {
            var run = observed.Run(sample, [.. observed.Outputs.Skip(start).Take(AtOnce)]);
            if (!run.IsOk) return run.Diagnostics[0];
            using var results = run.Value;
            for (var i = start; i < Math.Min(start + AtOnce, sizes.Length); i++)
            {
                sizes[i] = -1;
                results.View(i - start, (element, _, bytes) => sizes[i] = FloatingType.CanRead(element) ? bytes.Length : -1);
            }
        }
        slices = Slices(Math.Max(1, options.MemoryBytes / options.Threads));
        return null;
    }

    List<List<int>> Slices(long budget)
    {
        var parts = new List<List<int>>();
        var room = 0L;
        for (var i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] < 0) continue;
            if (parts.Count == 0 || sizes[i] > room)
            {
                parts.Add([]);
                room = budget;
            }
            parts[^1].Add(i);
            room -= sizes[i];
        }
        return parts;
    }

    Diagnostic? AddSlice(IEnumerable<Sample> samples, List<int> slice, int before, int all)
    {
        string[] outputs = [.. slice.Select(i => observed.Outputs[i])];
        Diagnostic? failure = null;
        var gate = new Lock();
        var done = before;
        Parallel.ForEach(samples, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, () => Fresh([.. slice.Select(i => wanted[i])]),
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
                options.Progress?.Invoke(Interlocked.Increment(ref done), all);
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
}
