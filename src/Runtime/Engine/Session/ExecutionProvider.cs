namespace Onnxc.Runtime;

public enum ExecutionProvider
{
    Cpu,

    /// <summary>CUDA first, CPU for what CUDA cannot do. Needs a build with <c>-p:OnnxRuntime=gpu</c>.</summary>
    Cuda,
}
