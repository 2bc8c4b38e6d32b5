using Onnxc.Diagnostics;

namespace Onnxc.Cli.Json;

/// <summary>A diagnostic; <paramref name="Line"/> and <paramref name="Column"/> count from 1 and are there for places in texts only.</summary>
sealed record DiagnosticJson(
    string Id, string Severity, string Message, string? Location, int? Line, int? Column, IReadOnlyList<string> Notes, string? Help)
{
    public static DiagnosticJson Of(Diagnostic diagnostic)
    {
        var text = diagnostic.Location as TextLocation;
        var severity = diagnostic.Severity.ToString().ToLowerInvariant();
        return new(diagnostic.Id, severity, diagnostic.Message, diagnostic.Location?.ToString(), text?.Line, text?.Column, diagnostic.Notes, diagnostic.Help);
    }
}
