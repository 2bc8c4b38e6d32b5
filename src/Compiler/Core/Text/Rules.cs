using Onnxc.Diagnostics;
using Sprache;

namespace Onnxc.Text;

/// <summary>
/// Combinators beside Sprache's: they decide by the next character, so that nothing is parsed twice and an error is reported where it
/// is instead of where an alternative began.
/// </summary>
static class Rules
{
    /// <summary>Deepest nesting of types and subgraphs. Each level takes some stack, and no real model comes near.</summary>
    public const int MaxDepth = 64;

    public static IResult<T> Fail<T>(IInput at, params IEnumerable<string> expected) => Result.Failure<T>(at, "unexpected input", expected);

    /// <summary>Chooses a parser by looking ahead.</summary>
    public static Parser<T> Choose<T>(Func<TextInput, Parser<T>> choose) => i => choose((TextInput)i)(i);

    /// <summary>
    /// <paramref name="then"/> when <paramref name="next"/> comes next, otherwise <paramref name="otherwise"/> and nothing is taken.
    /// </summary>
    public static Parser<T> When<T>(char next, Parser<T> then, T otherwise) => i =>
        Scanner.Peek(i.Source, i.Position) == next ? then(i) : Result.Success(otherwise, i);

    /// <summary>Items between brackets, separated by commas; there may be none.</summary>
    public static Parser<IReadOnlyList<T>> List<T>(char open, Parser<T> item, char close)
    {
        var begin = Tokens.Symbol(open.ToString());
        return i =>
        {
            var begun = begin(i);
            if (!begun.WasSuccessful) return Fail<IReadOnlyList<T>>(begun.Remainder, begun.Expectations);
            var items = new List<T>();
            var input = (TextInput)begun.Remainder;
            var position = Scanner.SkipSpace(input.Source, input.Position);
            if (Is(input, position, close)) return Result.Success<IReadOnlyList<T>>(items, input.At(position + 1));
            while (true)
            {
                var result = item(input);
                if (!result.WasSuccessful) return Stop(result, items.Count == 0 ? position : -1, close);
                items.Add(result.Value);
                input = (TextInput)result.Remainder;
                position = Scanner.SkipSpace(input.Source, input.Position);
                if (Is(input, position, close)) return Result.Success<IReadOnlyList<T>>(items, input.At(position + 1));
                if (!Is(input, position, ',')) return Fail<IReadOnlyList<T>>(input.At(position), "`,`", $"`{close}`");
                input = input.At(position + 1);
            }
        };
    }

    /// <summary>Items one after another until <paramref name="close"/>, or until the text ends when that is null.</summary>
    public static Parser<IReadOnlyList<T>> Until<T>(Parser<T> item, char? close) => i =>
    {
        var items = new List<T>();
        var input = (TextInput)i;
        while (true)
        {
            var position = Scanner.SkipSpace(input.Source, input.Position);
            if (close is null && position == input.Source.Length) return Result.Success<IReadOnlyList<T>>(items, input.At(position));
            if (close is { } c && Is(input, position, c)) return Result.Success<IReadOnlyList<T>>(items, input.At(position + 1));
            var result = item(input);
            if (!result.WasSuccessful) return Stop(result, position, close);
            items.Add(result.Value);
            input = (TextInput)result.Remainder;
        }
    };

    /// <summary>Something one level deeper; ONNXC0608 when that is too deep.</summary>
    public static Parser<T> Deeper<T>(Parser<T> inner) => i =>
    {
        var input = (TextInput)i;
        if (input.Depth >= MaxDepth)
            throw input.Origin.Error(Descriptors.TextNesting, Scanner.SkipSpace(input.Source, input.Position), 1, MaxDepth);
        var result = inner(input.AtDepth(input.Depth + 1));
        return result.WasSuccessful ? Result.Success(result.Value, ((TextInput)result.Remainder).AtDepth(input.Depth)) : result;
    };

    /// <summary>What <paramref name="inner"/> yields, with the place where it begins.</summary>
    public static Parser<Located<T>> Locate<T>(Parser<T> inner) => i =>
    {
        var result = inner(i);
        return result.WasSuccessful
            ? Result.Success(new Located<T>(result.Value, Scanner.SkipSpace(i.Source, i.Position)), result.Remainder)
            : Fail<Located<T>>(result.Remainder, result.Expectations);
    };

    // Where the failing item began, the closing bracket would have done as well.
    static IResult<IReadOnlyList<T>> Stop<T>(IResult<T> failed, int start, char? close)
    {
        var closes = close is not null && failed.Remainder.Position == start;
        return Fail<IReadOnlyList<T>>(failed.Remainder, closes ? [.. failed.Expectations, $"`{close}`"] : failed.Expectations);
    }

    static bool Is(TextInput input, int position, char c) => position < input.Source.Length && input.Source[position] == c;
}
