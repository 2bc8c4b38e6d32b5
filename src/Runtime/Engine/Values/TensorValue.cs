using Onnxc.IR;

namespace Onnxc.Runtime;

public sealed class TensorValue(TensorData data) : RuntimeValue
{
    public TensorData Data { get; } = data;

    public override bool ContentEquals(RuntimeValue other) => other is TensorValue t && Data.ContentEquals(t.Data);

    public override string ToString() => Data.ToString();
}
