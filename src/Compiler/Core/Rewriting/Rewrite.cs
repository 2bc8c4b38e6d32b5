using Onnxc.IR;

namespace Onnxc.Rewriting;

/// <summary>What a rule makes of a match: a replacement yet to be built, or the reason why it declined.</summary>
public sealed class Rewrite
{
    Rewrite(Node target, Func<GraphBuilder, IReadOnlyList<Value?>>? build, Node at, string? reason) =>
        (Target, Build, At, Reason) = (target, build, at, reason);

    /// <summary>The node whose outputs are replaced: the root of the match, or a later one that the rule found from there.</summary>
    internal Node Target { get; }

    /// <summary>Makes the values that replace the target's outputs; null when the rule declined.</summary>
    internal Func<GraphBuilder, IReadOnlyList<Value?>>? Build { get; }

    /// <summary>Where the rule declined, or the node whose name a single replacing node takes.</summary>
    internal Node At { get; }

    /// <summary>Why the rule declined; null when it did not.</summary>
    public string? Reason { get; }

    /// <summary>Nodes that took part beside those of the pattern; removed with them where nothing uses them any more.</summary>
    internal IReadOnlyCollection<Node> Others { get; private init; } = [];

    internal static Rewrite Declined(Node at, string reason) => new(at, null, at, reason);

    internal static Rewrite Replaced(Node target, Func<GraphBuilder, IReadOnlyList<Value?>> build, Node namedAfter) =>
        new(target, build, namedAfter, null);

    internal static Rewrite Replaced(Node target, Func<GraphBuilder, IReadOnlyList<Value?>> build, IReadOnlyCollection<Node> others) =>
        new(target, build, target, null) { Others = others };
}
