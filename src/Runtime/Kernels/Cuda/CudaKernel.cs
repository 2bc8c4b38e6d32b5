namespace Onnxc.Kernels;

/// <summary>The side of a node that feeds a kernel of <c>Cuda/*.cu</c>. Its output has the shape and type of its first input.</summary>
abstract class CudaKernel
{
    /// <summary>Numbers that the kernel reads from the memory of the device.</summary>
    public virtual float[] Table => [];

    /// <summary>Checks the shapes and runs it; throws <see cref="KernelException"/> for a wrong shape.</summary>
    public abstract void Launch(CudaLaunch launch);
}
