using System.Collections.Immutable;

namespace Onnxc.Runtime;

/// <summary>A campaign: which faults, how many, and how long.</summary>
public sealed record FaultOptions
{
    public FaultModel Faults { get; init; } = new();

    public FaultyMemory Memory { get; init; }

    /// <summary>Share of the bits that are hit, each in [0, 1], in ascending order.</summary>
    public ImmutableArray<double> Rates { get; init; } = [1e-7, 1e-6, 3e-6, 1e-5, 3e-5];

    public int Trials { get; init; } = 50;

    public ulong Seed { get; init; }

    public FaultScope Scope { get; init; }

    /// <summary>Names of layers, or of weights, that are hit, or regular expressions that match all of one; empty for all.</summary>
    public ImmutableArray<string> Layers { get; init; } = [];

    /// <summary>Stops the trials at a rate once the 95 % interval reaches no further than this to either side; null never.</summary>
    public double? Until { get; init; }

    /// <summary>Samples of one run, where the model leaves that open.</summary>
    public int Batch { get; init; } = 50;

    public int Limit { get; init; } = int.MaxValue;

    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Takes the trials <c>t</c> with <c>t % Shards == Shard</c>.</summary>
    public int Shard { get; init; }

    public int Shards { get; init; } = 1;

    /// <summary>Called with trials that are done, and all that there may be; from one thread at a time.</summary>
    public Action<int, int>? Progress { get; init; }
}
