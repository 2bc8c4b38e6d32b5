namespace Onnxc.IR;

/// <summary>A sequence of values of one type.</summary>
public sealed record SequenceType(ValueType? Element) : ValueType
{
    public override bool IsCompatibleWith(ValueType other) =>
        other is SequenceType s && (Element is null || s.Element is null || Element.IsCompatibleWith(s.Element));

    public override string ToString() => $"seq({Element})";
}
