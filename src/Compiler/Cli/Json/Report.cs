using System.Text.Json.Serialization;

namespace Onnxc.Cli.Json;

/// <summary>What every command tells machines. The schema version grows when a member changes its meaning or goes away.</summary>
record Report(string Command)
{
    public const int CurrentSchema = 1;

    [JsonPropertyOrder(-3)]
    public int SchemaVersion { get; init; } = CurrentSchema;

    [JsonPropertyOrder(-2)]
    public string Command { get; init; } = Command;

    [JsonPropertyOrder(-1)]
    public int ExitCode { get; init; }

    [JsonPropertyOrder(100)]
    public IReadOnlyList<DiagnosticJson> Diagnostics { get; init; } = [];
}
