namespace Onnxc.IR;

/// <summary>An attribute without a value, kept because the file has it.</summary>
public sealed class EmptyAttribute() : AttributeValue(AttributeKind.Undefined)
{
    public override bool Equals(AttributeValue? other) => ReferenceEquals(this, other);
    public override int GetHashCode() => 0;
}
