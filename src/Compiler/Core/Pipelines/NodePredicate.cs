using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Pipelines;

/// <summary>A bound <c>where</c> predicate.</summary>
public sealed class NodePredicate
{
    readonly Func<Node, bool> matches;
    readonly IReadOnlyList<Requirement> requirements;

    internal NodePredicate(Func<Node, bool> matches, IReadOnlyList<Requirement> requirements) =>
        (this.matches, this.requirements) = (matches, requirements);

    public bool Matches(Node node) => matches(node);

    /// <summary>
    /// Errors for the operators, names and scopes asked for that no node of <paramref name="model"/> has: a step must not skip silently
    /// what the user named.
    /// </summary>
    public IReadOnlyList<Diagnostic> Check(Model model)
    {
        if (requirements.Count == 0) return [];
        var open = requirements.ToList();
        foreach (var node in model.AllNodes())
        {
            open.RemoveAll(r => r.Test(node));
            if (open.Count == 0) return [];
        }
        return [.. open.Select(r => r.Unmet(model))];
    }

    /// <summary>Something that at least one node has to satisfy, and the error when none does.</summary>
    internal sealed record Requirement(Func<Node, bool> Test, Func<Model, Diagnostic> Unmet);
}
