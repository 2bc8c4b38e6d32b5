namespace Onnxc.Runtime.Native;

/// <summary>An error status of ONNX Runtime. Stays inside this assembly: <see cref="OrtModel"/> turns it into a diagnostic.</summary>
sealed class OrtException(int code, string message) : Exception(message)
{
    /// <summary>The number of <c>OrtErrorCode</c>.</summary>
    public int Code { get; } = code;
}
