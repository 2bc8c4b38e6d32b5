using Onnxc.Diagnostics;

namespace Onnxc.Pipelines;

/// <summary>Parses pipelines. A text without steps is the empty pipeline, which leaves a model alone.</summary>
public static class PipelineParser
{
    /// <summary>Longest text that is read.</summary>
    public const int MaxLength = 1 << 18;

    /// <summary>Deepest nesting of pipelines, lists, parentheses and <c>not</c>.</summary>
    public const int MaxNesting = 64;

    public static Result<PipelineSyntax> Parse(string text, string? file = null)
    {
        var source = new PipelineSource(text, file);
        if (text.Length > MaxLength)
            return Result<PipelineSyntax>.Fail(Diagnostic.Create(Descriptors.PipelineTooLong, source.At(default), text.Length, MaxLength));
        if (NestingGuard.FirstBeyond(text, MaxNesting) is { } deep)
            return Result<PipelineSyntax>.Fail(Diagnostic.Create(Descriptors.PipelineTooDeep, source.At(new(deep, 1)), MaxNesting));
        var parsed = PipelineGrammar.Pipeline(new Sprache.Input(text));
        return parsed.WasSuccessful
            ? Result<PipelineSyntax>.Ok(new PipelineSyntax(parsed.Value, source))
            : Result<PipelineSyntax>.Fail(Unexpected(source, parsed.Remainder.Position, parsed.Expectations));
    }

    // Sprache's own message is left out: it shows how the grammar is built, not what the user wrote.
    static Diagnostic Unexpected(PipelineSource source, int position, IEnumerable<string> expectations)
    {
        var span = new SourceSpan(position, Lexemes.Word(source.Text, position));
        var found = position >= source.Text.Length ? PipelineTokens.End
            : source.Text[position] is '\n' or '\r' ? PipelineTokens.EndOfLine
            : $"`{source.Text.AsSpan(position, span.Length)}`";
        return Diagnostic.Create(Descriptors.PipelineSyntaxError, source.At(span), found)
            .WithHelp($"expected {Choice([.. expectations.Distinct(StringComparer.Ordinal)])}");
    }

    static string Choice(string[] items) => items.Length < 2 ? string.Concat(items) : $"{string.Join(", ", items[..^1])} or {items[^1]}";
}
