namespace Onnxc.Kernels;

/// <summary>A kernel that computes rows, along the last axis, each by itself.</summary>
abstract class RowKernel : Kernel
{
    public override Kernel Bind(KernelCall call)
    {
        var length = call.RowLength();
        return length <= Array.MaxLength ? new Bound(this, length) : throw call.Wrong("`x`", call.Shape(0), "a row is too long");
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
