namespace Onnxc.Runtime;

/// <summary>The samples of data that options leave for one shard, one run each.</summary>
sealed class ShardedSamples
{
    readonly DataSet data;
    readonly IReadOnlyList<ModelPort> inputs;
    readonly CalibrationOptions options;

    public ShardedSamples(DataSet data, IReadOnlyList<ModelPort> inputs, CalibrationOptions options)
    {
        (this.data, this.inputs, this.options) = (data, inputs, options);
        Rows = data.RowsOf(inputs);
        Available = Math.Min(data.Count, options.Limit);
        Count = (Available / Rows + options.Shards - 1 - options.Shard) / options.Shards;
    }

    /// <summary>Samples of the data in one run: more than one where the model fixes its batch.</summary>
    public int Rows { get; }

    /// <summary>Samples of the data, of all shards.</summary>
    public int Available { get; }

    /// <summary>Runs of this shard.</summary>
    public int Count { get; }

    public IEnumerable<Sample> All => data.Batches(inputs, 1, options.Limit).Where((_, i) => i % options.Shards == options.Shard);
}
