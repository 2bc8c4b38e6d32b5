namespace Onnxc.Runtime;

/// <summary>An optional that holds nothing.</summary>
public sealed class NoneValue : RuntimeValue
{
    NoneValue() { }

    public static readonly NoneValue Instance = new();

    public override bool ContentEquals(RuntimeValue other) => other is NoneValue;

    public override string ToString() => "none";
}
