using System.Collections.Immutable;

namespace Onnxc.IR;

public sealed class IntsAttribute(ImmutableArray<long> values) : AttributeValue(AttributeKind.Ints)
{
    public ImmutableArray<long> Values { get; } = values;
    public override bool Equals(AttributeValue? other) => other is IntsAttribute a && a.Values.AsSpan().SequenceEqual(Values.AsSpan());
    public override int GetHashCode() => AttributeHash.Of(Values);
}
