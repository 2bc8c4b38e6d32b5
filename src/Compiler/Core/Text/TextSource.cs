using Onnxc.Diagnostics;

namespace Onnxc.Text;

/// <summary>A text with its file name, and how to report what is wrong in it.</summary>
sealed record TextSource(string Text, string? File, IExternalData? External)
{
    public Diagnostic Diagnose(Descriptor descriptor, int position, int length, params ReadOnlySpan<object?> arguments) =>
        Diagnostic.Create(descriptor, TextLocation.At(Text, position, length, File), arguments);

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
