using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>A constant of the model that lies in faulty memory, and the layer that reads it.</summary>
public sealed record FaultWeight(string Name, string Layer, TensorData Data)
{
    public long Bits => Data.ElementCount * Data.Element.BitWidth();
}
