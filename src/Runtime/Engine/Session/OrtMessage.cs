using System.Text.RegularExpressions;

namespace Onnxc.Runtime;

/// <summary>Takes what only ONNX Runtime's developers need out of its messages.</summary>
static partial class OrtMessage
{
    [GeneratedRegex(@"/[^\s:]*onnxruntime[^\s:]*:\d+\s+\S.*?\)\s*(\[[^\]]*\]\s*)?")]
    static partial Regex SourcePlace { get; }

    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*")]
    static partial Regex CodePrefix { get; }

    /// <summary>One line without source positions, cut at 400 characters.</summary>
    public static string Clean(string message)
    {
        var line = SourcePlace.Replace(CodePrefix.Replace(message, ""), "").ReplaceLineEndings(" ").Trim();
        return line.Length == 0 ? "no reason given" : line.Length > 400 ? line[..400] + "…" : line;
    }
}
