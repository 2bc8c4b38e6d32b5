namespace Onnxc.Runtime;

/// <summary>An input or output of a loaded model. <paramref name="Type"/> is null where ONNX Runtime does not know it.</summary>
public sealed record ModelPort(string Name, IR.ValueType? Type)
{
    public override string ToString() => $"{Name}: {Type}";
}
