using System.Globalization;

namespace Onnxc.Passes.Convert;

/// <summary>A version of an operator, and what it changed for nodes of the version before it.</summary>
sealed record OperatorVersion(int Number, Change Change)
{
    /// <summary>True when nodes of earlier versions are not valid as they are.</summary>
    public bool NeedsAdapter => Change is Change.Incompatible or Change.Removed;

    public static OperatorVersion Parse(string text)
    {
        var change = text[^1] switch { '!' => Change.Incompatible, '~' => Change.Rounding, '-' => Change.Removed, _ => Change.None };
        return new(int.Parse(text.AsSpan(0, text.Length - (change == Change.None ? 0 : 1)), CultureInfo.InvariantCulture), change);
    }
}
