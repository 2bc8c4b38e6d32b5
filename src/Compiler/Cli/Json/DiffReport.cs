namespace Onnxc.Cli.Json;

/// <summary>Result of <c>diff</c>.</summary>
sealed record DiffReport() : Report("diff")
{
    public bool Identical { get; init; }
    public IReadOnlyList<ChangeJson> Changes { get; init; } = [];

    /// <summary>
    /// <paramref name="Kind"/> is added, removed or changed; <paramref name="What"/> node, weight, input, output, opset, function or
    /// version. What was not there is null.
    /// </summary>
    public sealed record ChangeJson(string Kind, string What, string Where, string? Before, string? After);
}
