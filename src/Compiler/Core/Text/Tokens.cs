using System.Buffers;
using System.Globalization;
using System.Text;
using Onnxc.Diagnostics;
using Sprache;

namespace Onnxc.Text;

/// <summary>Tokens: each skips space and comments, then takes its characters at once, straight from the text.</summary>
static class Tokens
{
    public static readonly Parser<string> Identifier = Token("a name", TakeIdentifier);

    /// <summary>An identifier or a string in quotes, which can be any name.</summary>
    public static readonly Parser<NameSyntax> Name = Token("a name", TakeName);

    public static readonly Parser<byte[]> Bytes = Token("a string", TakeString);

    public static readonly Parser<string> String = Bytes.Select(Encoding.UTF8.GetString);

    public static readonly Parser<long> Integer = Token("an integer", TakeInteger);

    /// <summary>A word with its place.</summary>
    public static readonly Parser<NameSyntax> Word = Token<NameSyntax>("a name", (input, start) =>
        TakeIdentifier(input, start) is var (word, end) ? (new NameSyntax(word, start), end) : null);

    /// <summary>
    /// Operands: <c>x, "", y</c>. As in the reference, nothing before a comma is an operand left out (<c>Op(, x)</c>), and a comma
    /// after the last operand has no effect.
    /// </summary>
    public static readonly Parser<IReadOnlyList<NameSyntax>> Operands = i =>
    {
        var input = (TextInput)i;
        var names = new List<NameSyntax>();
        var position = input.Position;
        while (true)
        {
            var start = Scanner.SkipSpace(input.Source, position);
            if (TakeName(input, start) is var (name, end))
            {
                names.Add(name);
                position = Scanner.SkipSpace(input.Source, end);
            }
            else if (Scanner.Peek(input.Source, start) == ',')
            {
                names.Add(new NameSyntax("", start));
                position = start;
            }
            else break;
            if (Scanner.Peek(input.Source, position) != ',') break;
            position++;
        }
        return Result.Success<IReadOnlyList<NameSyntax>>(names, input.At(position));
    };

    /// <summary>Names separated by dots.</summary>
    public static readonly Parser<IReadOnlyList<string>> Qualified = i =>
    {
        var input = (TextInput)i;
        var parts = new List<string>();
        while (true)
        {
            var start = Scanner.SkipSpace(input.Source, input.Position);
            if (TakeName(input, start) is not var (name, end)) return Rules.Fail<IReadOnlyList<string>>(input.At(start), "a name");
            parts.Add(name.Text);
            input = input.At(end);
            if (Scanner.Peek(input.Source, end) != '.') return Result.Success<IReadOnlyList<string>>(parts, input);
            input = input.At(Scanner.SkipSpace(input.Source, end) + 1);
        }
    };

    public static readonly Parser<string> Arrow = Symbol("=>");

    public static readonly Parser<int> End = i =>
    {
        var input = (TextInput)i;
        var start = Scanner.SkipSpace(input.Source, input.Position);
        return start == input.Source.Length ? Result.Success(start, input.At(start)) : Rules.Fail<int>(input.At(start), "the end of the text");
    };

    public static Parser<string> Symbol(string symbol) => Token<string>($"`{symbol}`", (input, start) =>
        string.CompareOrdinal(input.Source, start, symbol, 0, symbol.Length) == 0 ? (symbol, start + symbol.Length) : null);

    static Parser<T> Token<T>(string what, Func<TextInput, int, (T Value, int End)?> take) => i =>
    {
        var input = (TextInput)i;
        var start = Scanner.SkipSpace(input.Source, input.Position);
        return take(input, start) is var (value, end) ? Result.Success(value, input.At(end)) : Rules.Fail<T>(input.At(start), what);
    };

    static (string Value, int End)? TakeIdentifier(TextInput input, int start)
    {
        if (start >= input.Source.Length || !Literals.StartsIdentifier(input.Source[start])) return null;
        var end = Literals.IdentifierEnd(input.Source, start);
        return (input.Source[start..end], end);
    }

    static (NameSyntax Value, int End)? TakeName(TextInput input, int start)
    {
        if (TakeIdentifier(input, start) is var (word, wordEnd)) return (new NameSyntax(word, start), wordEnd);
        if (start >= input.Source.Length || input.Source[start] != '"') return null;
        var end = Scanner.StringEnd(input.Source, start);
        if (end < 0) return null;
        var text = input.Source.AsSpan(start + 1, end - start - 2);
        var name = text.Contains('\\') ? Encoding.UTF8.GetString(Unescape(input.Origin, start + 1, end - 1)) : text.ToString();
        return (new NameSyntax(name, start), end);
    }

    static (long Value, int End)? TakeInteger(TextInput input, int start)
    {
        if (start >= input.Source.Length || !(char.IsAsciiDigit(input.Source[start]) || input.Source[start] == '-')) return null;
        var end = Scanner.NumberEnd(input.Source, start);
        var text = input.Source.AsSpan(start, end - start);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? (value, end)
            : throw input.Origin.Error(Descriptors.TextElement, start, end - start, text.ToString(), "int64");
    }

    /// <summary>Takes the string at <paramref name="start"/>; null when there is none, or when it has no end.</summary>
    internal static (byte[] Value, int End)? TakeString(TextInput input, int start)
    {
        if (start >= input.Source.Length || input.Source[start] != '"') return null;
        var end = Scanner.StringEnd(input.Source, start);
        return end < 0 ? null : (Unescape(input.Origin, start + 1, end - 1), end);
    }

    static byte[] Unescape(TextSource origin, int start, int end)
    {
        var text = origin.Text.AsSpan(0, end);
        if (!text[start..].Contains('\\')) return Encoding.UTF8.GetBytes(text[start..].ToArray());
        var bytes = new List<byte>(end - start);
        Span<byte> buffer = stackalloc byte[1];
        while (start < end)
        {
            var plain = text[start..].IndexOf('\\');
            if (plain < 0) plain = end - start;
            bytes.AddRange(Encoding.UTF8.GetBytes(text.Slice(start, plain).ToArray()));
            start += plain;
            if (start >= end) break;
            var escaped = text[start + 1];
            if (escaped is '"' or '\\')
            {
                bytes.Add((byte)escaped);
                start += 2;
            }
            else if (escaped == 'x' && end - start >= 4
                && Convert.FromHexString(text.Slice(start + 2, 2), buffer, out _, out _) == OperationStatus.Done)
            {
                bytes.Add(buffer[0]);
                start += 4;
            }
            else
            {
                var length = Math.Min(escaped == 'x' ? 4 : 2, end - start);
                throw origin.Error(Descriptors.TextEscape, start, length, text.Slice(start, length).ToString());
            }
        }
        return [.. bytes];
    }
}
