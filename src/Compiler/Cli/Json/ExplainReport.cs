namespace Onnxc.Cli.Json;

/// <summary>Result of <c>explain</c>.</summary>
sealed record ExplainReport() : Report("explain")
{
    public IReadOnlyList<Entry> Entries { get; init; } = [];

    public sealed record Entry(string Id, string Severity, string Message, string Explanation);
}
