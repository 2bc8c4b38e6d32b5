namespace Onnxc.Kernels;

/// <summary>A wrong attribute, shape or type; ONNX Runtime gets its message as an error.</summary>
sealed class KernelException(string message) : Exception(message);
