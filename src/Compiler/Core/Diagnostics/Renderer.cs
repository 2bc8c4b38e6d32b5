using System.Text;

namespace Onnxc.Diagnostics;

/// <summary>Renders diagnostics as plain text, in the manner of rustc.</summary>
public static class Renderer
{
    public static string Render(Diagnostic diagnostic)
    {
        var text = new StringBuilder();
        text.Append(diagnostic).Append('\n');
        if (diagnostic.Location is { } location) text.Append("  --> ").Append(location).Append('\n');
        if (diagnostic.Location is TextLocation { SourceLine.Length: > 0 } place)
        {
            var number = place.Line.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var length = Math.Clamp(place.Length, 1, Math.Max(1, place.SourceLine.Length - place.Column + 1));
            text.Append(' ').Append(number).Append(" | ").Append(place.SourceLine).Append('\n');
            text.Append(' ', number.Length + 1).Append(" | ").Append(' ', place.Column - 1).Append('^', length).Append('\n');
        }
        foreach (var note in diagnostic.Notes) text.Append("   = note: ").Append(note).Append('\n');
        if (diagnostic.Help is { } help) text.Append("   = help: ").Append(help).Append('\n');
        return text.ToString();
    }
}
