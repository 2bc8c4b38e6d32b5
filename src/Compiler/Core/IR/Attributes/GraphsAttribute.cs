using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Onnxc.IR;

public sealed class GraphsAttribute(ImmutableArray<Graph> values) : AttributeValue(AttributeKind.Graphs)
{
    public override ImmutableArray<Graph> Graphs { get; } = values;
    public override bool Equals(AttributeValue? other) => other is GraphsAttribute a && a.Graphs.SequenceEqual(Graphs);
    public override int GetHashCode() => AttributeHash.Of([.. Graphs.Select(RuntimeHelpers.GetHashCode)]);
}
