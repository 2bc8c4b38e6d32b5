namespace Onnxc.IR;

public sealed class IntAttribute(long value) : AttributeValue(AttributeKind.Int)
{
    public long Value { get; } = value;
    public override bool Equals(AttributeValue? other) => other is IntAttribute a && a.Value == Value;
    public override int GetHashCode() => Value.GetHashCode();
}
