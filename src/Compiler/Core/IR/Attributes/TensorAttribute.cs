namespace Onnxc.IR;

/// <summary>A dense tensor, or a sparse one when <see cref="AttributeValue.Kind"/> says so.</summary>
public sealed class TensorAttribute(TensorData value)
    : AttributeValue(value is IR.SparseTensor ? AttributeKind.SparseTensor : AttributeKind.Tensor)
{
    public TensorData Value { get; } = value;
    public override bool Equals(AttributeValue? other) => other is TensorAttribute a && a.Value.ContentEquals(Value);
    public override int GetHashCode() => Value.ContentHash().GetHashCode();
}
