using System.Globalization;

namespace Onnxc.Diagnostics;

/// <summary>Something to tell the user: what, where, notes that give context, and the remedy.</summary>
public sealed record Diagnostic(Descriptor Descriptor, Location? Location, string Message)
{
    public static Diagnostic Create(Descriptor descriptor, Location? location, params ReadOnlySpan<object?> arguments) =>
        new(descriptor, location, string.Format(CultureInfo.InvariantCulture, descriptor.Message, arguments));

    public Severity Severity { get; init; } = Descriptor.Severity;
    public IReadOnlyList<string> Notes { get; init; } = [];
    public string? Help { get; init; }
    public string Id => Descriptor.Id;
    public bool IsError => Severity == Severity.Error;

    public Diagnostic WithNote(string note) => this with { Notes = [.. Notes, note] };

    public Diagnostic WithHelp(string help) => this with { Help = help };

    public override string ToString() => $"{Severity.ToString().ToLowerInvariant()}[{Id}]: {Message}";
}
