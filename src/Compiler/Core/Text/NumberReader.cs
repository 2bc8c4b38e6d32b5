using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Onnxc.Diagnostics;

namespace Onnxc.Text;

/// <summary>Reads long lists of numbers straight from the text: one pass, no allocation per number.</summary>
static class NumberReader
{
    /// <summary>
    /// Numbers up to <paramref name="close"/>, from behind the opening bracket at <paramref name="position"/>. Yields the position behind
    /// the closing one. <paramref name="expected"/> is only a hint for the first allocation.
    /// </summary>
    public static (T[] Values, int End) List<T>(TextSource source, int position, char close, string type, long expected = 0)
        where T : unmanaged, INumber<T>
    {
        var text = source.Text;
        // A number and its comma take two characters at least, so a hostile shape cannot ask for more than the text can fill.
        var values = new List<T>((int)Math.Min(expected, ((text.Length - position) / 2) + 1));
        if (Scanner.Peek(text, position) == close) return ([], Scanner.SkipSpace(text, position) + 1);
        while (true)
        {
            position = Scanner.SkipSpace(text, position);
            var end = Scanner.NumberEnd(text, position);
            if (end == position) throw source.Unexpected(position, values.Count == 0 ? ["a number", $"`{close}`"] : ["a number"]);
            if (!TryParse<T>(text.AsSpan(position, end - position), out var value))
                throw source.Error(Descriptors.TextElement, position, end - position, text[position..end], type);
            values.Add(value);
            position = Scanner.SkipSpace(text, end);
            var next = position < text.Length ? text[position] : '\0';
            if (next == close) return ([.. values], position + 1);
            if (next != ',') throw source.Unexpected(position, "`,`", $"`{close}`");
            position++;
        }
    }

    /// <summary>The same as the bytes of the numbers, little endian.</summary>
    public static (byte[] Bytes, int Count, int End) Bytes<T>(TextSource source, int position, string type, long expected)
        where T : unmanaged, INumber<T>
    {
        var (values, end) = List<T>(source, position, '}', type, expected);
        return (MemoryMarshal.AsBytes<T>(values).ToArray(), values.Length, end);
    }

    /// <summary>Integers of <paramref name="bits"/> bits, packed with the first in the low bits.</summary>
    public static (byte[] Bytes, int Count, int End) Packed(TextSource source, int position, string type, int bits, bool signed, long expected)
    {
        var (low, high) = signed ? (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) : (0, (1 << bits) - 1);
        var start = position;
        var (values, end) = List<short>(source, position, '}', type, expected);
        var bytes = new byte[((values.Length * bits) + 7) / 8];
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] < low || values[i] > high) throw OutOfRange(source, start, i, type);
            bytes[i * bits / 8] |= (byte)((values[i] & ((1 << bits) - 1)) << (i * bits % 8));
        }
        return (bytes, values.Length, end);
    }

    /// <summary>Reads one number; floats may be <c>nan</c>, <c>inf</c> and <c>infinity</c>, and must not overflow.</summary>
    public static bool TryParse<T>(ReadOnlySpan<char> text, out T value) where T : INumber<T>
    {
        value = T.Zero;
        var word = text.StartsWith("-", StringComparison.Ordinal) ? text[1..] : text;
        if (Literals.IsFloatWord(word))
        {
            if (typeof(T) != typeof(float) && typeof(T) != typeof(double)) return false;
            // Which NaN the runtime's constant is depends on the processor; these two have the sign that is written.
            var special = word[0] is 'n' or 'N' ? BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000) : double.PositiveInfinity;
            value = T.CreateTruncating(word.Length == text.Length ? special : -special);
            return true;
        }
        if (word.IsEmpty || !char.IsAsciiDigit(word[0])) return false;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        var style = typeof(T) == typeof(float) || typeof(T) == typeof(double) ? Style : NumberStyles.AllowLeadingSign;
        return T.TryParse(text, style, CultureInfo.InvariantCulture, out value!) && T.IsFinite(value);
    }

    // Found again only when there is an error, so that the common case keeps no positions.
    static DiagnosticException OutOfRange(TextSource source, int position, int index, string type)
    {
        for (; ; index--)
        {
            position = Scanner.SkipSpace(source.Text, position);
            var end = Scanner.NumberEnd(source.Text, position);
            if (index == 0) return source.Error(Descriptors.TextElement, position, end - position, source.Text[position..end], type);
            position = Scanner.SkipSpace(source.Text, end) + 1;
        }
    }
}
