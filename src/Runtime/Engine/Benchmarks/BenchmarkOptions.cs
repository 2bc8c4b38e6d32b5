namespace Onnxc.Runtime;

/// <summary>How models are timed.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>Timed runs of each model.</summary>
    public int Runs { get; init; } = 50;

    /// <summary>Runs before the clock starts: caches, allocations, and the processor's frequency settle.</summary>
    public int Warmup { get; init; } = 5;

    public SessionSettings Settings { get; init; } = SessionSettings.Default;
    public SessionSettings? OtherSettings { get; init; }
    public ulong Seed { get; init; }
    public ShapeOverrides Shapes { get; init; } = ShapeOverrides.None;

    /// <summary>Inputs to use; generated from the first model when null.</summary>
    public IReadOnlyDictionary<string, RuntimeValue>? Inputs { get; init; }
}
