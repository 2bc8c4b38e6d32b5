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

    public override unsafe Kernel Create(Attributes attributes)
    {
        var saturate = attributes.Flag("saturate");
        return new BoundedKernel<Bounds>(call => (Runs(call), new(saturate, call.Floats(1), call.Floats(2))));
    }

    public override CudaKernel CreateCuda(Attributes attributes) => new OnCuda(attributes.Flag("saturate"));

    static BoundedRuns Runs(KernelCall call)
    {
        var x = call.Shape(0);
        return new(x, call.Strides("low", 1, x), call.Strides("high", 2, x));
    }

    sealed class OnCuda(bool saturate) : CudaKernel
    {
        const int MostAxes = 16;

        public override unsafe void Launch(CudaLaunch launch)
        {
            var call = launch.Call;
            var axes = Runs(call).Axes;
            if (axes.Count > MostAxes) throw call.Wrong("`x`", call.Shape(0), $"its bounds spread in more than {MostAxes} ways");
            var arguments = new Arguments { X = launch.X, Y = launch.Y, Count = launch.Count, Low = call.Address(1), High = call.Address(2), Saturate = saturate ? 1 : 0, Axes = axes.Count };
            for (var i = 0; i < axes.Count; i++) (arguments.Extent[i], arguments.LowStep[i], arguments.HighStep[i]) = axes[i];
            launch.OverElements(arguments);
        }

        unsafe struct Arguments
        {
            public nint X, Y;
            public long Count;
            public nint Low, High;
            public int Saturate, Axes;
            public fixed long Extent[MostAxes];
            public fixed long LowStep[MostAxes];
            public fixed long HighStep[MostAxes];
        }
    }

    readonly unsafe struct Bounds(bool saturate, float* low, float* high) : IBoundedMap
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<T>(float* x, float* y, BoundedRun run) where T : struct, ILanes<T>
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
