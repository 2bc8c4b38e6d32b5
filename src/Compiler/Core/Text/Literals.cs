using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Onnxc.Text;

/// <summary>
/// Names, strings and numbers as text. Within quotes, <c>\"</c> and <c>\\</c> stand for the second character, and <c>\xNN</c> for a byte:
/// printed for control characters and for bytes that are not valid UTF-8, which the reference prints raw and reads raw.
/// </summary>
static class Literals
{
    const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static readonly SearchValues<char> IdentifierCharacters = SearchValues.Create(Letters + "0123456789");

    public static bool StartsIdentifier(char c) => char.IsAsciiLetter(c) || c == '_';

    public static bool IsIdentifier(string name) =>
        name.Length > 0 && StartsIdentifier(name[0]) && !name.AsSpan().ContainsAnyExcept(IdentifierCharacters);

    /// <summary>End of the run of identifier characters that starts at <paramref name="position"/>.</summary>
    public static int IdentifierEnd(string text, int position)
    {
        var length = text.AsSpan(position).IndexOfAnyExcept(IdentifierCharacters);
        return length < 0 ? text.Length : position + length;
    }

    public static bool IsFloatWord(ReadOnlySpan<char> word) =>
        word.Equals("nan", StringComparison.OrdinalIgnoreCase) || word.Equals("inf", StringComparison.OrdinalIgnoreCase)
        || word.Equals("infinity", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes a name; quoted where it is no identifier, or one that a reader would take for a type or a number.</summary>
    public static void WriteName(TextWriter writer, string name)
    {
        if (TypeWords.IsTypeWord(name) || IsFloatWord(name)) WriteQuoted(writer, name);
        else WriteIdentifier(writer, name);
    }

    /// <summary>Writes a name where no type can stand; quoted when it is no identifier.</summary>
    public static void WriteIdentifier(TextWriter writer, string name)
    {
        if (IsIdentifier(name)) writer.Write(name);
        else WriteQuoted(writer, name);
    }

    /// <summary>Writes <c>domain.Name</c>; a domain whose parts are not all identifiers is quoted as a whole.</summary>
    public static void WriteQualified(TextWriter writer, string domain, string name)
    {
        if (domain.Length > 0)
        {
            WriteDotted(writer, domain);
            writer.Write('.');
        }
        WriteIdentifier(writer, name);
    }

    public static void WriteDotted(TextWriter writer, string name)
    {
        if (name.Split('.').All(IsIdentifier)) writer.Write(name);
        else WriteQuoted(writer, name);
    }

    public static void WriteQuoted(TextWriter writer, string text)
    {
        if (text.AsSpan().ContainsAnyExceptInRange(' ', '~') || text.AsSpan().ContainsAny('"', '\\'))
        {
            WriteQuoted(writer, Encoding.UTF8.GetBytes(text));
            return;
        }
        writer.Write('"');
        writer.Write(text);
        writer.Write('"');
    }

    public static void WriteQuoted(TextWriter writer, ReadOnlySpan<byte> bytes)
    {
        Span<char> characters = stackalloc char[2];
        writer.Write('"');
        while (bytes.Length > 0)
        {
            var valid = Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done;
            if (valid && !Rune.IsControl(rune))
            {
                if (rune.Value is '"' or '\\') writer.Write('\\');
                writer.Write(characters[..rune.EncodeToUtf16(characters)]);
            }
            else
            {
                foreach (var b in bytes[..length])
                {
                    writer.Write("\\x");
                    writer.Write(b.ToString("X2", CultureInfo.InvariantCulture));
                }
            }
            bytes = bytes[length..];
        }
        writer.Write('"');
    }

    /// <summary>Writes the shortest text that reads back as the same number; payloads of NaN are lost, the sign is kept.</summary>
    public static void WriteNumber<T>(TextWriter writer, T value) where T : INumberBase<T>
    {
        if (!T.IsFinite(value))
        {
            if (T.IsNegative(value)) writer.Write('-');
            writer.Write(T.IsNaN(value) ? "nan" : "inf");
            return;
        }
        Span<char> buffer = stackalloc char[48];
        value.TryFormat(buffer, out var length, default, CultureInfo.InvariantCulture);
        writer.Write(buffer[..length]);
    }
}
