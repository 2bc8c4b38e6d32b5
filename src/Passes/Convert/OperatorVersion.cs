using System.Globalization;

namespace Onnxc.Passes.Convert;

/// <summary>A version of an operator, and what it changed for nodes of the version before it.</summary>
sealed record OperatorVersion(int Number, Change Change)
{
    public static OperatorVersion Parse(string text)
    {
        var change = text[^1] switch { '!' => Change.Incompatible, '~' => Change.Rounding, '-' => Change.Removed, _ => Change.None };
        return new(int.Parse(text.AsSpan(0, text.Length - (change == Change.None ? 0 : 1)), CultureInfo.InvariantCulture), change);
    }
}
