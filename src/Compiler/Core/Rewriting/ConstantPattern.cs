namespace Onnxc.Rewriting;

/// <summary>A value whose data is the same in every run: <see cref="IR.Value.Constant"/> is known.</summary>
public sealed class ConstantPattern : Pattern
{
    internal ConstantPattern() { }
}
