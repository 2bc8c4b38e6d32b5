namespace Onnxc.Cli.Json;

/// <summary>Result of <c>text</c>: the text itself when no file was asked for.</summary>
sealed record TextReport() : Report("text")
{
    public string? Input { get; init; }
    public string? Output { get; init; }
    public string? Text { get; init; }
}
