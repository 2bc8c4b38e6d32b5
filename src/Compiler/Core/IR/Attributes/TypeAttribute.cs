namespace Onnxc.IR;

/// <summary>A null type stands for one that the file leaves empty.</summary>
public sealed class TypeAttribute(ValueType? value) : AttributeValue(AttributeKind.Type)
{
    public ValueType? Value { get; } = value;
    public override bool Equals(AttributeValue? other) => other is TypeAttribute a && Equals(a.Value, Value);
    public override int GetHashCode() => Value?.GetHashCode() ?? 0;
}
