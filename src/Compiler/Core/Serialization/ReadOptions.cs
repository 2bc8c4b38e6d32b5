namespace Onnxc.Serialization;

/// <summary>Budgets that keep a hostile file from exhausting memory, stack or time. All lie far above real models.</summary>
public sealed record ReadOptions
{
    public static ReadOptions Default { get; } = new();

    /// <summary>Levels of subgraphs within subgraphs.</summary>
    public int MaxNesting { get; init; } = 64;

    /// <summary>Nodes in all bodies together.</summary>
    public int MaxNodes { get; init; } = 5_000_000;

    /// <summary>Nodes that would be there if every function call were expanded.</summary>
    public long MaxExpandedNodes { get; init; } = 50_000_000;

    /// <summary>Dimensions of one tensor or type.</summary>
    public int MaxRank { get; init; } = 64;

    /// <summary>Elements of a sparse tensor, zeros included: ONNX Runtime makes all of them when it loads a model.</summary>
    public long MaxSparseElements { get; init; } = 1L << 28;
}
