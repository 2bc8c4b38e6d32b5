using System.Globalization;

namespace Onnxc.Diagnostics;

/// <summary>A place in a text: line and column count from 1; <paramref name="SourceLine"/> is the whole line, for the caret.</summary>
public sealed record TextLocation(string? File, int Line, int Column, string SourceLine, int Length = 1) : Location
{
    /// <summary>Place of character <paramref name="position"/> in <paramref name="text"/>.</summary>
    public static TextLocation At(string text, int position, int length = 1, string? file = null)
    {
        position = Math.Clamp(position, 0, text.Length);
        var start = position == 0 ? 0 : text.LastIndexOf('\n', position - 1) + 1;
        var end = text.IndexOf('\n', position);
        var line = text.AsSpan(0, start).Count('\n') + 1;
        return new TextLocation(file, line, position - start + 1, text[start..(end < 0 ? text.Length : end)].TrimEnd('\r'), Math.Max(1, length));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File ?? "<text>"}:{Line}:{Column}");
}
