namespace Onnxc.Kernels;

/// <summary>A failure of the driver, in its words.</summary>
sealed class CudaException(string message) : Exception(message);
