using Onnxc.IR;

namespace Onnxc.Runtime.Native;

/// <summary>Looks at a tensor inside ONNX Runtime, for as long as the call lasts.</summary>
delegate void TensorView(ElementType element, ReadOnlySpan<long> dims, ReadOnlySpan<byte> bytes);
