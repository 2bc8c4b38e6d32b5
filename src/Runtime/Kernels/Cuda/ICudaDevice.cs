namespace Onnxc.Kernels;

/// <summary>What runs the kernels of <c>Cuda/*.cu</c>: a GPU through its driver. Failures are <see cref="CudaException"/>s.</summary>
interface ICudaDevice
{
    /// <summary>The context that is current on this thread; 0 for none.</summary>
    nint Current { get; }

    /// <summary>The context that a stream, or else the memory at an address, belongs to.</summary>
    nint ContextOf(nint stream, nint address);

    /// <summary>Makes a context current until <see cref="Leave"/>.</summary>
    void Enter(nint context);

    void Leave();

    /// <summary>A kernel in the current context, which is <paramref name="context"/>.</summary>
    nint Kernel(nint context, string op, string entry);

    /// <summary>The address of a copy in the memory of the current context.</summary>
    nint Upload(ReadOnlySpan<float> values);

    void Free(nint address);

    /// <summary>Runs a kernel whose one parameter is the structure at <paramref name="arguments"/>.</summary>
    unsafe void Launch(nint kernel, uint blocks, uint threads, void* arguments, nint stream);
}
