using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>The kernel of a function of elements and of numbers that spread over them, which are known once a call has shown them.</summary>
sealed class BoundedKernel<TMap>(Func<KernelCall, (BoundedRuns Runs, TMap Map)> bind) : Kernel where TMap : struct, IBoundedMap
{
    public override Kernel Bind(KernelCall call)
    {
        var (runs, map) = bind(call);
        return new Bound(runs, map);
    }

    public override void Compute(long offset, ReadOnlySpan<float> x, Span<float> y, bool stream) => throw new InvalidOperationException("not bound");

    sealed unsafe class Bound(BoundedRuns runs, TMap map) : Kernel
    {
        public override void Compute(long offset, ReadOnlySpan<float> x, Span<float> y, bool stream)
        {
            fixed (float* from = x, to = y)
            {
                for (var done = 0; done < x.Length;)
                {
                    var run = runs.At(offset + done, x.Length - done);
                    if (Width.Is512) map.Run<Lanes512>(from + done, to + done, run);
                    else if (Width.Is256) map.Run<Lanes256>(from + done, to + done, run);
                    else if (Width.Is128) map.Run<Lanes128>(from + done, to + done, run);
                    else map.Run<Lanes1>(from + done, to + done, run);
                    done += run.Length;
                }
            }
        }
    }
}
