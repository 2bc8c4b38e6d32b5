namespace Onnxc.IR;

/// <summary>A float, compared by its bits.</summary>
public sealed class FloatAttribute(float value) : AttributeValue(AttributeKind.Float)
{
    public float Value { get; } = value;
    public override bool Equals(AttributeValue? other) =>
        other is FloatAttribute a && BitConverter.SingleToUInt32Bits(a.Value) == BitConverter.SingleToUInt32Bits(Value);
    public override int GetHashCode() => BitConverter.SingleToInt32Bits(Value);
}
