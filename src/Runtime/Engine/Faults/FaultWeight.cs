using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>A constant of the model that lies in faulty memory, and the layer that reads it.</summary>
public sealed record FaultWeight(string Name, string Layer, TensorData Data) : FaultSite(Name, Layer, Data.Element, Data.ElementCount);
