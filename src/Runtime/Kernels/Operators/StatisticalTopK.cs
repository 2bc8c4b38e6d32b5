using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// Keeps what exceeds <c>mean + z·std</c> of its row, and shifts it by that when soft: You et al., Spark Transformer. The share that stays is
/// 1 - Φ(z) for normally distributed rows.
/// </summary>
sealed class StatisticalTopK : Operator
{
    public override Kernel Create(Attributes attributes) => new Rows(Multiplier(attributes), attributes.Flag("soft"));

    public override CudaKernel CreateCuda(Attributes attributes) => new OnCuda(Multiplier(attributes), attributes.Flag("soft"));

    static float Multiplier(Attributes attributes) => attributes.Finite("multiplier", 1.6448536f);

    sealed class OnCuda(float multiplier, bool soft) : CudaKernel
    {
        public override void Launch(CudaLaunch launch)
        {
            var length = launch.Call.RowLength();
            launch.OverRows(length, rows => new Arguments { X = launch.X, Y = launch.Y, Rows = rows, Length = length, Multiplier = multiplier, Soft = soft ? 1 : 0 });
        }

        struct Arguments
        {
            public nint X, Y;
            public long Rows, Length;
            public float Multiplier;
            public int Soft;
        }
    }

    sealed unsafe class Rows(float multiplier, bool soft) : RowKernel
    {
        protected override void Row(ReadOnlySpan<float> x, Span<float> y, bool stream)
        {
            fixed (float* row = x)
            {
                var mean = (float)Sums.Of(new Plain(), row, x.Length) / x.Length;
                var variance = (float)Sums.Of(new SquaredDistance(mean), row, x.Length) / x.Length;
                var threshold = mean + MathF.Sqrt(variance) * multiplier;
                if (soft) Map.Run(new Soft(threshold), x, y, stream);
                else Map.Run(new Hard(threshold), x, y, stream);
            }
        }
    }

    readonly struct Plain : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => x;
    }

    readonly struct SquaredDistance(float mean) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            var distance = x - T.Of(mean);
            return distance * distance;
        }
    }

    readonly struct Hard(float threshold) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => T.IfLess(T.Of(threshold), x, x, T.Of(0));
    }

    readonly struct Soft(float threshold) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => T.IfLess(T.Of(threshold), x, x - T.Of(threshold), T.Of(0));
    }
}
