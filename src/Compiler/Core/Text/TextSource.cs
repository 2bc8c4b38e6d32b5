using Onnxc.Diagnostics;

namespace Onnxc.Text;

/// <summary>A text with its file name, and how to report what is wrong in it.</summary>
sealed record TextSource(string Text, string? File, IExternalData? External)
{
    // Lines, tokens and names of a hostile or generated text can be as long as the text itself.
    const int LongestLine = 400;
    const int LongestName = 80;

    public Diagnostic Diagnose(Descriptor descriptor, int position, int length, params ReadOnlySpan<object?> arguments)
    {
        var place = TextLocation.At(Text, position, length, File);
        if (place.SourceLine.Length > LongestLine) place = place with { SourceLine = "" };
        var shown = arguments.ToArray();
        for (var i = 0; i < shown.Length; i++)
            if (shown[i] is string { Length: > LongestName } text) shown[i] = $"{text[..LongestName]}…";
        return Diagnostic.Create(descriptor, place, shown);
    }

    /// <summary>As <see cref="Diagnose"/>, with help that names what is most like <paramref name="name"/>.</summary>
    public DiagnosticException Misspelt(
        Descriptor descriptor, NameSyntax name, IEnumerable<string> candidates, params ReadOnlySpan<object?> arguments)
    {
        var diagnostic = Diagnose(descriptor, name.Position, Scanner.TokenEnd(Text, name.Position) - name.Position, arguments);
        // The comparison takes time in the product of the lengths.
        if (name.Text.Length > LongestName) return new(diagnostic);
        return new(diagnostic with { Help = Suggestions.Help(name.Text, candidates.Where(c => c.Length <= LongestName)) });
    }

    public DiagnosticException Error(Descriptor descriptor, int position, int length, params ReadOnlySpan<object?> arguments) =>
        new(Diagnose(descriptor, position, length, arguments));

    /// <summary>Something other than <paramref name="expected"/> stands at <paramref name="position"/>.</summary>
    public DiagnosticException Unexpected(int position, params IEnumerable<string> expected)
    {
        position = Scanner.SkipSpace(Text, position);
        var names = expected.Distinct(StringComparer.Ordinal).ToList();
        var wanted = names.Count switch
        {
            0 => "something else",
            1 => names[0],
            _ => $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}",
        };
        var length = Scanner.TokenEnd(Text, position) - position;
        return Error(Descriptors.TextSyntax, position, length, wanted, Scanner.Describe(Text, position));
    }
}
