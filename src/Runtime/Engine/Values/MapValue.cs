using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>A map: entry i has key i of <paramref name="keys"/> [n] and value i of <paramref name="values"/>.</summary>
public sealed class MapValue(TensorData keys, RuntimeValue values) : RuntimeValue
{
    public TensorData Keys { get; } = keys;
    public RuntimeValue Values { get; } = values;

    public override bool ContentEquals(RuntimeValue other) =>
        other is MapValue m && Keys.ContentEquals(m.Keys) && Values.ContentEquals(m.Values);

    public override string ToString() => $"map({Keys}, {Values})";
}
