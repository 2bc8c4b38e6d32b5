using System.Globalization;

namespace Onnxc.Cli.Commands;

/// <summary><c>--shard 1/4</c>: a place, counted from 1, and how many there are.</summary>
static class ShardText
{
    public const string Problem = "`--shard` takes a place and a number, such as `1/4`";

    /// <summary>The place counted from 0, all of one shard when nothing is given; null when it is malformed.</summary>
    public static (int Index, int Count)? Parse(string? text)
    {
        if (text is null) return (0, 1);
        var parts = text.Split('/');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && index >= 1 && index <= count
            ? (index - 1, count)
            : null;
    }
}
