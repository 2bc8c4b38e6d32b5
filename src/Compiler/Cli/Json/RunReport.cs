namespace Onnxc.Cli.Json;

/// <summary>Result of <c>run</c>: what the outputs are like; their elements are in the file.</summary>
sealed record RunReport() : Report("run")
{
    public string? Output { get; init; }

    /// <summary>Runs of the model: one per batch or test data set.</summary>
    public int Runs { get; init; }

    public IReadOnlyList<OutputJson> Outputs { get; init; } = [];

    /// <summary><paramref name="Minimum"/>, <paramref name="Maximum"/> and <paramref name="Mean"/> are null for strings and empty tensors.</summary>
    public sealed record OutputJson(string Name, string Type, double? Minimum, double? Maximum, double? Mean);
}
