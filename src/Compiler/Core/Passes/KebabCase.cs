using System.Text;

namespace Onnxc.Passes;

/// <summary>Spells the names of C# in the way of pipelines: <c>FoldConstants</c> is <c>fold-constants</c>.</summary>
public static class KebabCase
{
    /// <summary>Digits stay with the word before them: <c>Int4</c> is <c>int4</c>, <c>W8Only</c> is <c>w8-only</c>.</summary>
    public static string Of(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var startsWord = char.IsUpper(name[i]) && i > 0
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord) text.Append('-');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}
