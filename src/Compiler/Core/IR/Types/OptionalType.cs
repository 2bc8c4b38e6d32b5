namespace Onnxc.IR;

/// <summary>A value that may be absent.</summary>
public sealed record OptionalType(ValueType? Element) : ValueType
{
    public override bool IsCompatibleWith(ValueType other) =>
        other is OptionalType o && (Element is null || o.Element is null || Element.IsCompatibleWith(o.Element));

    public override string ToString() => $"optional({Element})";
}
