using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Output;

/// <summary>Where a command's results (output) and messages (error) go, and what may be done there.</summary>
sealed class Terminal(TextWriter output, TextWriter error)
{
    public TextWriter Output { get; } = output;

    public TextWriter Error { get; } = error;

    /// <summary>True when a person watches the messages: colours and moving progress are for them.</summary>
    public bool IsInteractive { get; } = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>See https://no-color.org: any value but an empty one switches colours off.</summary>
    public bool HasColors => IsInteractive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public void Report(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (var diagnostic in diagnostics)
        {
            var text = Renderer.Render(diagnostic);
            Error.Write(HasColors ? DiagnosticPainter.Paint(text, diagnostic.Severity) : text);
        }
    }

    /// <summary>Writes <paramref name="value"/> to <paramref name="file"/>, to the output when that is null. Null when it went well.</summary>
    public Diagnostic? WriteJson<T>(T value, JsonTypeInfo<T> type, string? file)
    {
        var text = JsonSerializer.Serialize(value, type);
        if (file is not null) return TextFile.Write(file, text + "\n");
        Output.WriteLine(text);
        return null;
    }
}
