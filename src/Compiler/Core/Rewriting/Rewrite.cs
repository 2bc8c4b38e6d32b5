using Onnxc.IR;

namespace Onnxc.Rewriting;

/// <summary>What a rule makes of a match: a replacement yet to be built, or the reason why it declined.</summary>
public sealed class Rewrite
{
    Rewrite(Func<GraphBuilder, IReadOnlyList<Value?>>? build, Node at, string? reason) => (Build, At, Reason) = (build, at, reason);

    /// <summary>Makes the values that replace the root's outputs; null when the rule declined.</summary>
    internal Func<GraphBuilder, IReadOnlyList<Value?>>? Build { get; }

    /// <summary>Where the rule declined, or the node whose name a single replacing node takes.</summary>
    internal Node At { get; }

    /// <summary>Why the rule declined; null when it did not.</summary>
    public string? Reason { get; }

    internal static Rewrite Declined(Node at, string reason) => new(null, at, reason);

    internal static Rewrite Replaced(Func<GraphBuilder, IReadOnlyList<Value?>> build, Node namedAfter) => new(build, namedAfter, null);
}
