using System.Collections.Immutable;

namespace Onnxc.IR;

public sealed class TypesAttribute(ImmutableArray<ValueType?> values) : AttributeValue(AttributeKind.Types)
{
    public ImmutableArray<ValueType?> Values { get; } = values;
    public override bool Equals(AttributeValue? other) => other is TypesAttribute a && a.Values.SequenceEqual(Values);
    public override int GetHashCode() => AttributeHash.Of(Values);
}
