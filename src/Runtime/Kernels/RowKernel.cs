namespace Onnxc.Kernels;

/// <summary>A kernel that computes rows, along the last axis, each by itself.</summary>
abstract class RowKernel : Kernel
{
    public override Kernel Bind(KernelCall call)
    {
        var shape = call.Shape(0);
        if (shape.Length == 0) throw call.Wrong("`x`", shape, "needs an axis at least");
        return shape[^1] <= Array.MaxLength ? new Bound(this, shape[^1]) : throw call.Wrong("`x`", shape, "a row is too long");
    }

    public override void Compute(long offset, ReadOnlySpan<float> x, Span<float> y, bool stream) => Row(x, y, stream);

    protected abstract void Row(ReadOnlySpan<float> x, Span<float> y, bool stream);

    sealed class Bound(RowKernel owner, long length) : Kernel
    {
        public override long Grain => length;

        public override void Compute(long offset, ReadOnlySpan<float> x, Span<float> y, bool stream)
        {
            for (int i = 0, row = (int)length; i < x.Length; i += row) owner.Row(x.Slice(i, row), y.Slice(i, row), stream);
        }
    }
}
