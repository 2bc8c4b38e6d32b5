namespace Onnxc.Kernels;

/// <summary>A kernel whose output is no function of pieces of its first input: it makes its outputs and divides the work itself.</summary>
abstract class WholeKernel : Kernel
{
    /// <summary>Computes the outputs of one call.</summary>
    public abstract void Run(KernelCall call);

    public sealed override void Compute(long offset, ReadOnlySpan<float> x, Span<float> y, bool stream) => throw new InvalidOperationException("computed as a whole");
}
