using System.Text;
using Sprache;

namespace Onnxc.Pipelines;

/// <summary>
/// Tokens of the pipeline language and the combinators that its grammar needs beyond Sprache's. Every token takes the blanks and comments
/// behind it, so that one that fails has consumed nothing and alternatives merge into one list of expectations.
/// </summary>
static class PipelineTokens
{
    public const string End = "the end of the pipeline";
    public const string EndOfLine = "the end of the line";

    static readonly Parser<string> Comment =
        from mark in Parse.Char('#')
        from text in Parse.CharExcept('\n').Many()
        select "";

    /// <summary>Blanks and comments.</summary>
    public static readonly Parser<IEnumerable<string>> Trivia =
        Parse.WhiteSpace.AtLeastOnce().Select(_ => "").Or(Comment).Many();

    public static readonly Parser<string> EndOfText = input =>
        input.AtEnd ? Result.Success("", input) : Result.Failure<string>(input, "", [End]);

    public static readonly Parser<NumberSyntax> Number = Token(Lexemes.Number, "a number", (t, s) => new NumberSyntax(t, s));

    static readonly Parser<StringSyntax> Complete = Token(Lexemes.Quoted, "a string", (t, s) => new StringSyntax(Unescape(t), s));

    public static readonly Parser<StringSyntax> Quoted = input =>
    {
        var result = Complete(input);
        if (result.WasSuccessful || input.AtEnd || input.Current != '"') return result;
        // The quote is missing where the line ends, not where the string begins.
        while (!input.AtEnd && input.Current is not ('\n' or '\r')) input = input.Advance();
        return Result.Failure<StringSyntax>(input, "", ["`\"`"]);
    };

    public static Parser<NameSyntax> Name(string expectation) => Token(Lexemes.Name, expectation, (t, s) => new NameSyntax(t, s));

    public static Parser<string> Mark(string mark) =>
        Token((text, at) => string.CompareOrdinal(text, at, mark, 0, mark.Length) == 0 ? mark.Length : 0, $"`{mark}`", (t, _) => t);

    public static Parser<NameSyntax> Keyword(string word) =>
        Token((text, at) => Lexemes.Name(text, at) is var n && text.AsSpan(at, n).SequenceEqual(word) ? n : 0, $"`{word}`", (t, s) => new NameSyntax(t, s));

    /// <summary>Consumes nothing; says what was expected when <paramref name="next"/> does not follow.</summary>
    public static Parser<T?> Before<T>(Parser<string> next) where T : class => input =>
    {
        var result = next(input);
        return result.WasSuccessful ? Result.Success<T?>(null, input) : Result.Failure<T?>(result.Remainder, "", result.Expectations);
    };

    /// <summary>One or more items with commas between them, and <paramref name="close"/>.</summary>
    public static Parser<IReadOnlyList<T>> Separated<T>(Parser<T> item, Parser<string> close) => input =>
    {
        var items = new List<T>();
        while (true)
        {
            var next = item(input);
            if (!next.WasSuccessful) return Result.Failure<IReadOnlyList<T>>(next.Remainder, "", next.Expectations);
            items.Add(next.Value);
            var end = Mark(",").XOr(close)(next.Remainder);
            if (!end.WasSuccessful) return Result.Failure<IReadOnlyList<T>>(end.Remainder, "", end.Expectations);
            if (end.Value != ",") return Result.Success<IReadOnlyList<T>>(items, end.Remainder);
            input = end.Remainder;
        }
    };

    /// <summary>Items in brackets; none at all when <paramref name="close"/> follows at once.</summary>
    public static Parser<IReadOnlyList<T>> Bracketed<T>(string open, Parser<T> item, string close) =>
        Mark(open).Then(_ => Mark(close).Select(_ => (IReadOnlyList<T>)[]).XOr(Separated(item, Mark(close))));

    /// <summary>Adds the text's stretch that <paramref name="parser"/> took, blanks behind it left out.</summary>
    public static Parser<TOut> Spanned<T, TOut>(Parser<T> parser, Func<T, SourceSpan, TOut> make) => input =>
    {
        var result = parser(input);
        if (!result.WasSuccessful) return Result.Failure<TOut>(result.Remainder, "", result.Expectations);
        var taken = input.Source.AsSpan(input.Position, result.Remainder.Position - input.Position).TrimEnd();
        return Result.Success(make(result.Value, new SourceSpan(input.Position, taken.Length)), result.Remainder);
    };

    static Parser<T> Token<T>(Func<string, int, int> lengthAt, string expectation, Func<string, SourceSpan, T> make) => input =>
    {
        var length = lengthAt(input.Source, input.Position);
        if (length == 0) return Result.Failure<T>(input, "", [expectation]);
        var value = make(input.Source.Substring(input.Position, length), new SourceSpan(input.Position, length));
        for (var i = 0; i < length; i++) input = input.Advance();
        return Result.Success(value, Trivia(input).Remainder);
    };

    static string Unescape(string quoted)
    {
        var text = new StringBuilder();
        for (var i = 1; i < quoted.Length - 1; i++)
        {
            if (quoted[i] == '\\' && quoted[i + 1] is '"' or '\\' && i + 1 < quoted.Length - 1) i++;
            text.Append(quoted[i]);
        }
        return text.ToString();
    }
}
