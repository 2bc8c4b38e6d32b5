using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary><c>Identity(x) -> x</c>, for tensors, sequences and optionals alike.</summary>
[Pass("eliminate-identity", "Identity(x) -> x", PreservesFusions = true)]
public sealed class EliminateIdentity : RewriteRule
{
    static readonly Var X = Any();
    static readonly OpPattern Identity = Op("Identity", X);

    public override OpPattern Root => Identity;

    public override Rewrite Apply(Match m)
    {
        var x = m[X];
        if (!m[Identity].Output.IsGraphOutput) return m.Replace(_ => x);

        // Each output of a graph has to be made by a node of that graph, for itself: the writer would put the Identity back.
        if (!ReferenceEquals(x.Graph, m.Graph)) return m.Decline("the output would be a value of the enclosing graph");
        if (x.IsInitializer) return m.Decline("the output would be an initializer");
        if (x.IsGraphInput) return m.Decline("the output would be an input");
        if (x.IsGraphOutput) return m.Decline("two outputs would be the same value");
        return m.Replace(_ => x);
    }
}
