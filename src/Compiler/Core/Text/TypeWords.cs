using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>Words that start a type, beside the official ones: <c>undefined</c> and <c>typeN</c> for element types without a name.</summary>
static class TypeWords
{
    static readonly HashSet<string> Constructors = new(["seq", "map", "optional", "sparse_tensor", "opaque"], StringComparer.Ordinal);

    public static IEnumerable<string> All => [.. ElementTypes.Names, .. Constructors];

    public static bool IsTypeWord(string word) => IsOfficial(word) || Element(word) is not null;

    /// <summary>True for words that are types in the official syntax, wherever one may stand.</summary>
    public static bool IsOfficial(string word) => Constructors.Contains(word) || ElementTypes.Parse(word) is not null;

    public static ElementType? Element(string word)
    {
        if (ElementTypes.Parse(word) is { } known) return known;
        if (word == "undefined") return ElementType.Undefined;
        if (!word.StartsWith("type", StringComparison.Ordinal)) return null;
        return uint.TryParse(word.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && ((ElementType)number).Name() == word ? (ElementType)number : null;
    }
}
