namespace Onnxc.Cli.Json;

/// <summary>Result of <c>calibrate</c>: what the table covers; the statistics are in the file.</summary>
sealed record CalibrateReport() : Report("calibrate")
{
    public string? Output { get; init; }

    public long Samples { get; init; }

    /// <summary>Samples that no run could take, since the model fixes its batch.</summary>
    public long Dropped { get; init; }

    /// <summary>Shards that are in the table, as <c>1/4</c>.</summary>
    public IReadOnlyList<string> Shards { get; init; } = [];

    public int Values { get; init; }

    /// <summary>Names of values that were the same number all over.</summary>
    public IReadOnlyList<string> Constant { get; init; } = [];

    public IReadOnlyList<string> WithNan { get; init; } = [];

    public IReadOnlyList<string> WithInfinity { get; init; } = [];
}
