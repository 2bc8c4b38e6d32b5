namespace Onnxc.Runtime;

/// <summary>How data are run through a model to observe its values.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Samples at most.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Of every <see cref="Shards"/> samples the one to take.</summary>
    public int Shard { get; init; }

    public int Shards { get; init; } = 1;

    /// <summary>Samples that are run at the same time.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes that observed values may take at the same time; more passes over the data are made where they take more.</summary>
    public long MemoryBytes { get; init; } = 1L << 28;

    /// <summary>Called with samples done and samples to do, over all passes.</summary>
    public Action<int, int>? Progress { get; init; }
}
