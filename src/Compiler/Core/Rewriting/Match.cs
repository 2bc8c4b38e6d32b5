using Onnxc.IR;

namespace Onnxc.Rewriting;

/// <summary>
/// A place where a rule's pattern fits. Indexers throw for patterns that took no part, which <c>Find</c> answers with null.
/// </summary>
public sealed class Match
{
    readonly (Pattern Pattern, Value? Value, Node? Node)[] bindings;

    internal Match(Node root, (Pattern Pattern, Value? Value, Node? Node)[] bindings) => (Root, this.bindings) = (root, bindings);

    /// <summary>The node whose outputs are to be replaced.</summary>
    public Node Root { get; }

    public Graph Graph => Root.Graph;

    public Value this[Var pattern] => Find(pattern) ?? throw NotBound();

    public Value this[ConstantPattern pattern] => Find(pattern) ?? throw NotBound();

    public Node this[OpPattern pattern] => Find(pattern) ?? throw NotBound();

    /// <summary>
    /// Value that <paramref name="pattern"/> stands for, whatever its kind; null when it took no part or the input is left out.
    /// </summary>
    public Value? Find(Pattern pattern)
    {
        foreach (var binding in bindings)
            if (ReferenceEquals(binding.Pattern, pattern)) return binding.Value;
        return null;
    }

    /// <summary>Node that <paramref name="pattern"/> stands for; null when it took no part, being one alternative of several.</summary>
    public Node? Find(OpPattern pattern)
    {
        foreach (var binding in bindings)
            if (ReferenceEquals(binding.Pattern, pattern)) return binding.Node;
        return null;
    }

    /// <summary>Data of a constant that took part.</summary>
    public TensorData Constant(ConstantPattern pattern) => this[pattern].Constant!;

    /// <summary>Leaves the match alone because of the node that <paramref name="at"/> stands for.</summary>
    /// <param name="at">The pattern at fault.</param>
    /// <param name="reason">Why, without names of nodes or values: equal reasons are counted together.</param>
    public Rewrite Decline(OpPattern at, string reason) => Rewrite.Declined(this[at], reason);

    /// <summary>Leaves the match alone.</summary>
    public Rewrite Decline(string reason) => Rewrite.Declined(Root, reason);

    /// <summary>
    /// Replaces the root's first output; declines when another one is in use. <paramref name="build"/> runs later, and only if the change
    /// is allowed.
    /// </summary>
    /// <param name="build">Makes nodes in front of the root and returns the replacement, which may be a value that exists already.</param>
    /// <param name="namedAfter">Gives its name to the replacing node when that is a single one; the root when null.</param>
    public Rewrite Replace(Func<GraphBuilder, Value> build, OpPattern? namedAfter = null)
    {
        for (var i = 1; i < Root.Outputs.Length; i++)
            if (Root.Outputs[i].HasUses) return Decline("an output other than the first is in use");
        return ReplaceAll(b => [build(b)], namedAfter);
    }

    /// <summary>Replaces all outputs of the root, one value each; null where an output has no uses.</summary>
    public Rewrite ReplaceAll(Func<GraphBuilder, IReadOnlyList<Value?>> build, OpPattern? namedAfter = null) =>
        Rewrite.Replaced(Root, build, namedAfter is null ? Root : this[namedAfter]);

    /// <summary>
    /// Replaces the only output of <paramref name="target"/>, which comes after the root: for what is found by following values from a
    /// match instead of by a pattern.
    /// </summary>
    /// <param name="target">A node of the same graph.</param>
    /// <param name="others">Nodes that took part beside the root; those that nothing uses any more go.</param>
    /// <param name="build">Makes nodes in front of the target and returns the replacement.</param>
    public Rewrite ReplaceAt(Node target, IReadOnlyCollection<Node> others, Func<GraphBuilder, Value> build) =>
        Rewrite.Replaced(target, b => [build(b)], [Root, .. others]);

    /// <summary>Nodes that took part, the root first, users before what they use unless a node has several users.</summary>
    internal IEnumerable<Node> Nodes => bindings.Where(b => b.Node is not null).Select(b => b.Node!).Distinct();

    static InvalidOperationException NotBound() => new("the pattern took no part in the match");
}
