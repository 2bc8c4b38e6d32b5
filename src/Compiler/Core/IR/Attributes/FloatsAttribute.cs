using System.Collections.Immutable;

namespace Onnxc.IR;

public sealed class FloatsAttribute(ImmutableArray<float> values) : AttributeValue(AttributeKind.Floats)
{
    public ImmutableArray<float> Values { get; } = values;
    public override bool Equals(AttributeValue? other) =>
        other is FloatsAttribute a && a.Values.Select(BitConverter.SingleToInt32Bits).SequenceEqual(Values.Select(BitConverter.SingleToInt32Bits));
    public override int GetHashCode() => AttributeHash.Of(Values);
}
