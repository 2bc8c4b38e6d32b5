using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// x between its bounds. Beyond them zero (FT-ClipAct: Hoang et al., 2020) or the bound (Ranger: Chen et al., 2021), so that a flipped bit
/// does not travel on.
/// </summary>
sealed class ClippedActivation : Operator
{
    public override int InputCount => 3;

    public override Kernel Create(Attributes attributes) => new Unbound(attributes.Flag("saturate"));

    sealed class Unbound(bool saturate) : Kernel
    {
        public override unsafe Kernel Bind(KernelCall call)
        {
            var x = call.Shape(0);
            var (low, high) = (Strides(call, "low", 1, x), Strides(call, "high", 2, x));
            return new Bound(saturate, new BoundedRuns(x, low, high), call.Floats(1), call.Floats(2));
        }

        public override void Compute(long offset, ReadOnlySpan<float> x, Span<float> y, bool stream) => throw new InvalidOperationException("not bound");

        /// <summary>Per axis of x, how far one step moves in the bound: 0 along an axis that the bound lacks.</summary>
        static long[] Strides(KernelCall call, string name, int input, long[] x)
        {
            var shape = call.Shape(input);
            var strides = new long[x.Length];
            if (shape.Length > x.Length) throw Mismatch();
            var stride = 1L;
            for (var i = 1; i <= shape.Length; i++)
            {
                var extent = shape[^i];
                if (extent != 1 && extent != x[^i]) throw Mismatch();
                strides[^i] = extent == 1 ? 0 : stride;
                stride *= extent;
            }
            return strides;

            KernelException Mismatch() => call.Wrong($"`{name}`", shape, $"must spread over `x` of the shape {KernelCall.Text(x)}");
        }
    }

    sealed unsafe class Bound(bool saturate, BoundedRuns runs, float* low, float* high) : Kernel
    {
        public override void Compute(long offset, ReadOnlySpan<float> x, Span<float> y, bool stream)
        {
            fixed (float* from = x, to = y)
            {
                for (var done = 0; done < x.Length;)
                {
                    var run = runs.At(offset + done, x.Length - done);
                    if (Width.Is512) Clip<Lanes512>(from + done, to + done, run);
                    else if (Width.Is256) Clip<Lanes256>(from + done, to + done, run);
                    else if (Width.Is128) Clip<Lanes128>(from + done, to + done, run);
                    else Clip<Lanes1>(from + done, to + done, run);
                    done += run.Length;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Clip<T>(float* x, float* y, BoundedRun run) where T : struct, ILanes<T>
        {
            // One value for the whole run stands in a vector that every step reads again.
            float* lowest = stackalloc float[T.Count], highest = stackalloc float[T.Count];
            T.Of(low[run.Low]).Store(lowest);
            T.Of(high[run.High]).Store(highest);
            if (run.LowStep != 0) lowest = low + run.Low;
            if (run.HighStep != 0) highest = high + run.High;
            var i = 0;
            for (; i <= run.Length - T.Count; i += T.Count)
                Clip(T.Load(x + i), T.Load(lowest + i * run.LowStep), T.Load(highest + i * run.HighStep)).Store(y + i);
            for (; i < run.Length; i++)
                Clip(Lanes1.Load(x + i), Lanes1.Load(lowest + i * run.LowStep), Lanes1.Load(highest + i * run.HighStep)).Store(y + i);
        }

        // NaN is not at least the lower bound, so it takes what is below.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        T Clip<T>(T x, T lowest, T highest) where T : struct, ILanes<T>
        {
            var (below, above) = saturate ? (lowest, highest) : (T.Of(0), T.Of(0));
            return T.IfAtMost(lowest, x, T.IfAtMost(x, highest, x, above), below);
        }
    }
}
