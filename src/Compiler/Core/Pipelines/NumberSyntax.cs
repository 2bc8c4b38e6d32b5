using System.Globalization;

namespace Onnxc.Pipelines;

/// <summary>A number as written: <c>-1</c>, <c>0.999</c>, <c>1e-3</c>, <c>64k</c>. The suffixes k, M and G stand for 10³, 10⁶ and 10⁹.</summary>
public sealed record NumberSyntax(string Text, SourceSpan Span) : ValueSyntax(Span)
{
    public double AsDouble => Mantissa(out var factor) is var text
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value * factor : double.NaN;

    /// <summary>The value when it is a whole number that fits, so that <c>1.5k</c> is 1500 and <c>1.5</c> is null.</summary>
    public long? AsInt64
    {
        get
        {
            if (!decimal.TryParse(Mantissa(out var factor), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)) return null;
            // Anything a long can hold is far from decimal's own limit; the factor must not be allowed to reach it.
            if (Math.Abs(value) > long.MaxValue) return null;
            value *= factor;
            return value == decimal.Truncate(value) && value is >= long.MinValue and <= long.MaxValue ? (long)value : null;
        }
    }

    ReadOnlySpan<char> Mantissa(out long factor)
    {
        factor = Text[^1] switch { 'k' => 1_000, 'M' => 1_000_000, 'G' => 1_000_000_000, _ => 1 };
        return factor == 1 ? Text : Text.AsSpan(0, Text.Length - 1);
    }
}
