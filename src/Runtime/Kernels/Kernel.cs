namespace Onnxc.Kernels;

/// <summary>
/// The kernel of one node. Its output has the shape and type of its first input. It computes in float32 whatever the storage, piece by
/// piece, on as many threads as ONNX Runtime has; so it keeps no state between pieces.
/// </summary>
abstract class Kernel
{
    /// <summary>Elements that have to be computed together: 1, or the extent of an axis.</summary>
    public virtual long Grain => 1;

    /// <summary>The kernel for one call, after its shapes are checked; throws <see cref="KernelException"/> for a wrong one.</summary>
    public virtual Kernel Bind(KernelCall call) => this;

    /// <summary>
    /// Computes whole pieces, the first at <paramref name="offset"/> in the tensor. <paramref name="y"/> may be <paramref name="x"/>.
    /// <paramref name="stream"/>: the result is larger than the caches and should pass them by.
    /// </summary>
    public abstract void Compute(long offset, ReadOnlySpan<float> x, Span<float> y, bool stream);
}
