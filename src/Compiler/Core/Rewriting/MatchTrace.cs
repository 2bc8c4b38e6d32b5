using Onnxc.IR;

namespace Onnxc.Rewriting;

/// <summary>Records, per rule, where it matched, and where and why it came near and declined; shown by <c>--explain-rule</c>.</summary>
public sealed class MatchTrace(string rule)
{
    readonly List<(Node Root, Node At, string Reason, int Depth)> misses = [];

    /// <summary>The rule that is being explained.</summary>
    public string Rule { get; } = rule;

    public int Matches { get; private set; }

    /// <summary>Near misses, deepest match first, then in graph order.</summary>
    public IReadOnlyList<(Node Root, Node At, string Reason, int Depth)> Misses => [.. misses.OrderByDescending(m => m.Depth)];

    internal void Matched() => Matches++;

    internal void Missed(Node root, Node at, string reason, int depth) => misses.Add((root, at, reason, depth));
}
