namespace Onnxc.IR;

/// <summary>A dense tensor; a null <paramref name="Shape"/> leaves the rank open.</summary>
public sealed record TensorType(ElementType Element, Shape? Shape) : ValueType
{
    public override bool IsCompatibleWith(ValueType other) =>
        other is TensorType t
        && (Element == t.Element || Element == ElementType.Undefined || t.Element == ElementType.Undefined)
        && (Shape is null || t.Shape is null || Shape.IsCompatibleWith(t.Shape));

    public override string ToString() => $"{Element.Name()}{(Shape is null ? "[]" : Shape.Rank == 0 ? "" : Shape)}";
}
