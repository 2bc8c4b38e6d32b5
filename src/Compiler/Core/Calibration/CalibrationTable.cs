using Onnxc.Diagnostics;

namespace Onnxc.Calibration;

/// <summary>What was seen of the values of a model, by name, and of which samples.</summary>
public sealed class CalibrationTable(ulong model)
{
    readonly SortedDictionary<string, ValueStatistics> values = new(StringComparer.Ordinal);
    readonly SortedSet<(int Count, int Index)> shards = [];

    /// <summary>Tells models apart: tables of different ones do not merge.</summary>
    public ulong Model { get; } = model;

    public IReadOnlyDictionary<string, ValueStatistics> Values => values;

    /// <summary>Parts of the data that were seen; everything is part 0 of 1.</summary>
    public IReadOnlyCollection<(int Count, int Index)> Shards => shards;

    public long Samples { get; set; }

    /// <summary>Samples that the model's fixed batch left over.</summary>
    public long Dropped { get; set; }

    /// <summary>Samples seen so far of a run that is not finished; null of one that is.</summary>
    public long? Progress { get; set; }

    public ValueStatistics this[string name]
    {
        get => values[name];
        set => values[name] = value;
    }

    public void Add(int shard, int shards)
    {
        this.shards.Add((shards, shard));
        if (Enumerable.Range(0, shards).All(i => this.shards.Contains((shards, i)))) Complete();
    }

    /// <summary>Adds another table of the same model and other samples. Returns why that cannot be, or null.</summary>
    public Diagnostic? Merge(CalibrationTable other, string from)
    {
        if (other.Model != Model) return Diagnostic.Create(Descriptors.TablesDoNotMerge, null, from, "it was made with another model, or at other values");
        if (other.Progress is not null) return Diagnostic.Create(Descriptors.TablesDoNotMerge, null, from, "its run was cut short; run it again, and it goes on");
        if (other.shards.FirstOrDefault(s => shards.Contains(s)) is { Count: > 0 } twice)
            return Diagnostic.Create(Descriptors.TablesDoNotMerge, null, from, FormattableString.Invariant($"shard {twice.Index + 1}/{twice.Count} is in it, and was there already"));
        if (shards.Count > 0 && other.shards.Any(s => s.Count != shards.Min.Count))
            return Diagnostic.Create(Descriptors.TablesDoNotMerge, null, from, "the data were divided in another way");
        Samples += other.Samples;
        Dropped += other.Dropped;
        foreach (var (name, seen) in other.values)
            if (values.TryGetValue(name, out var mine)) mine.Add(seen);
            else values[name] = seen;
        foreach (var (count, index) in other.shards) Add(index, count);
        return null;
    }

    void Complete()
    {
        shards.Clear();
        shards.Add((1, 0));
    }
}
