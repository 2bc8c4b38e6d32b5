using Onnxc.Passes;

namespace Onnxc.Pipelines;

/// <summary>Runs a pass, on the nodes that <paramref name="Where"/> selects when there is a predicate.</summary>
public sealed record PassStep(Pass Pass, PassInfo Info, NodePredicate? Where, string SourceText, string? Origin)
    : BoundStep(SourceText, Origin)
{
    /// <summary>Its text without the predicate.</summary>
    public required string Configuration { get; init; }

    // One step is one row of a report, however often it runs and whatever equals it.
    public bool Equals(PassStep? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
