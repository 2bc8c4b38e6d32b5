using Onnxc.Kernels.Native;

namespace Onnxc.Kernels;

/// <summary>An operator's node in a session.</summary>
abstract class OperatorNode(OrtApi api)
{
    public OrtApi Api => api;

    /// <summary>Runs once; throws what went wrong. Runs may overlap.</summary>
    public abstract void Run(nint context);

    /// <summary>Gives back what the node holds, when its session ends.</summary>
    public virtual void Release()
    {
    }
}
