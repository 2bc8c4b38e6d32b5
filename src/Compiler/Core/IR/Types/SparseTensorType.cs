namespace Onnxc.IR;

/// <summary>A sparse tensor in coordinate format.</summary>
public sealed record SparseTensorType(ElementType Element, Shape? Shape) : ValueType
{
    public override bool IsCompatibleWith(ValueType other) => other is SparseTensorType t && Element == t.Element;

    public override string ToString() => $"sparse_tensor({new TensorType(Element, Shape)})";
}
