namespace Onnxc.IR;

/// <summary>A map; keys are strings or integers.</summary>
public sealed record MapType(ElementType Key, ValueType? Value) : ValueType
{
    public override bool IsCompatibleWith(ValueType other) => other is MapType m && Key == m.Key;

    public override string ToString() => $"map({Key.Name()}, {Value})";
}
