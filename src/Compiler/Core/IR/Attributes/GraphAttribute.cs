using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Onnxc.IR;

/// <summary>A subgraph. Its owner is the node that holds the attribute.</summary>
public sealed class GraphAttribute(Graph value) : AttributeValue(AttributeKind.Graph)
{
    public Graph Value { get; } = value;
    public override ImmutableArray<Graph> Graphs => [Value];
    public override bool Equals(AttributeValue? other) => other is GraphAttribute a && ReferenceEquals(a.Value, Value);
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(Value);
}
