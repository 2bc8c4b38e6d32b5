using System.Text;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Output;

/// <summary>Colours a rendered diagnostic: its head by severity, places and gutters blue, the caret like the head.</summary>
static class DiagnosticPainter
{
    const string Reset = "\e[0m";
    const string Bold = "\e[1m";
    const string Place = "\e[1;34m";
    const string Help = "\e[1;36m";

    public static string Paint(string rendered, Severity severity)
    {
        var head = severity switch { Severity.Error => "\e[1;31m", Severity.Warning => "\e[1;33m", _ => "\e[1;36m" };
        var painted = new StringBuilder();
        var lines = rendered.TrimEnd('\n').Split('\n');
        for (var i = 0; i < lines.Length; i++) painted.Append(i == 0 ? Head(lines[0], head) : Line(lines[i], head)).Append('\n');
        return painted.ToString();
    }

    static string Head(string line, string color) =>
        line.IndexOf("]: ", StringComparison.Ordinal) is >= 0 and var end
            ? $"{color}{line[..(end + 1)]}{Reset}{Bold}{line[(end + 1)..]}{Reset}"
            : $"{color}{line}{Reset}";

    static string Line(string line, string color)
    {
        if (line.StartsWith("  --> ", StringComparison.Ordinal)) return $"{Place}  -->{Reset}{line[5..]}";
        if (Split(line, "   = note:") is { } note) return $"{Place}   ={Reset}{Bold} note:{Reset}{note}";
        if (Split(line, "   = help:") is { } help) return $"{Place}   ={Reset}{Help} help:{Reset}{help}";
        var bar = line.IndexOf(" | ", StringComparison.Ordinal);
        if (bar < 0) return line;
        var (gutter, code) = (line[..(bar + 2)], line[(bar + 2)..]);
        return code.Trim().Trim('^').Length == 0 ? $"{Place}{gutter}{Reset}{color}{code}{Reset}" : $"{Place}{gutter}{Reset}{code}";
    }

    static string? Split(string line, string mark) => line.StartsWith(mark, StringComparison.Ordinal) ? line[mark.Length..] : null;
}
