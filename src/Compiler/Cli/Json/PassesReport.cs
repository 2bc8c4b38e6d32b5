namespace Onnxc.Cli.Json;

/// <summary>Result of <c>passes</c>.</summary>
sealed record PassesReport() : Report("passes")
{
    public IReadOnlyList<PassJson> Passes { get; init; } = [];
    public IReadOnlyList<PipelineJson> Pipelines { get; init; } = [];

    public sealed record PassJson(string Name, string Summary, string Numerics, bool SupportsWhere, IReadOnlyList<OptionJson> Options);

    public sealed record OptionJson(string Name, string Kind, bool IsList, string Default, IReadOnlyList<string> Choices, string Help);

    public sealed record PipelineJson(string Name, string Summary, string Text);
}
