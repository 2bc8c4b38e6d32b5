using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// A straight line on either side of zero, and on it a piecewise cubic over a uniform grid from low to high, which keeps its outermost
/// values beyond: any learned one-dimensional spline in a form that needs one look-up.
/// </summary>
sealed class SplineActivation : Operator
{
    const int MostSegments = 1 << 20;

    public override Kernel Create(Attributes attributes)
    {
        var (low, high, left, right, coefficients) = Read(attributes);
        return (coefficients.Length / 4) switch
        {
            <= 8 => Create<ITableSize.Upto8>(low, high, left, right, coefficients),
            <= 16 => Create<ITableSize.Upto16>(low, high, left, right, coefficients),
            <= 32 => Create<ITableSize.Upto32>(low, high, left, right, coefficients),
            _ => Create<ITableSize.Any>(low, high, left, right, coefficients),
        };
    }

    // The lines that most activations have take fewer operations than others.
    static Kernel Create<TSize>(float low, float high, float left, float right, float[] coefficients) where TSize : struct, ITableSize => (left, right) switch
    {
        (0, 1) => new Elementwise<Spline<TSize, Rectified>>(new(low, high, left, right, coefficients)),
        (0, 0) => new Elementwise<Spline<TSize, Level>>(new(low, high, left, right, coefficients)),
        _ => new Elementwise<Spline<TSize, Bent>>(new(low, high, left, right, coefficients)),
    };

    public override CudaKernel CreateCuda(Attributes attributes)
    {
        var (low, high, left, right, coefficients) = Read(attributes);
        return new OnCuda(low, high, left, right, coefficients);
    }

    static (float Low, float High, float Left, float Right, float[] Coefficients) Read(Attributes attributes)
    {
        var (low, high) = (attributes.Finite("low", -4), attributes.Finite("high", 4));
        if (low >= high) throw attributes.Wrong("high", high, $"must be above `low`, which is {Attributes.Text(low)}");
        var coefficients = attributes.Floats("coefficients");
        if (coefficients.Length == 0 || coefficients.Length % 4 != 0) throw attributes.Wrong("coefficients", coefficients, $"needs four numbers for every segment, and has {coefficients.Length}");
        if (coefficients.Length / 4 > MostSegments) throw attributes.Wrong("coefficients", coefficients, $"has more than {MostSegments} segments");
        return (low, high, attributes.Float("left_slope", 0), attributes.Float("right_slope", 1), coefficients);
    }

    // A side with a slope of zero counts x as zero, since zero times infinity is NaN.
    static float Least(float left) => left == 0 ? 0 : float.NegativeInfinity;

    static float Most(float right) => right == 0 ? 0 : float.PositiveInfinity;

    sealed class OnCuda(float low, float high, float left, float right, float[] coefficients) : CudaKernel
    {
        readonly int segments = coefficients.Length / 4;

        public override float[] Table => coefficients;

        public override void Launch(CudaLaunch launch) => launch.OverElements(new Arguments
        {
            X = launch.X,
            Y = launch.Y,
            Count = launch.Count,
            Table = launch.Table,
            Low = low,
            Scale = segments / (high - low),
            End = segments,
            Last = segments - 1,
            Left = left,
            Right = right,
            Least = Least(left),
            Most = Most(right),
        });

        struct Arguments
        {
            public nint X, Y;
            public long Count;
            public nint Table;
            public float Low, Scale, End, Last, Left, Right, Least, Most;
        }
    }

    readonly unsafe struct Spline<TSize, TLine> : IMap where TSize : struct, ITableSize where TLine : struct, ILine
    {
        readonly float low, scale, last, end, left, right;

        // Four tables behind each other, each padded to whole vectors, at an address that stays.
        readonly float[] tables;
        readonly float* table0, table1, table2, table3;

        public Spline(float low, float high, float left, float right, float[] coefficients)
        {
            var segments = coefficients.Length / 4;
            var plane = (segments + 31) / 32 * 32;
            tables = GC.AllocateArray<float>(4 * plane, pinned: true);
            for (var i = 0; i < coefficients.Length; i++) tables[i % 4 * plane + i / 4] = coefficients[i];
            table0 = (float*)Unsafe.AsPointer(ref tables[0]);
            table1 = table0 + plane;
            table2 = table1 + plane;
            table3 = table2 + plane;
            (this.low, this.left, this.right) = (low, left, right);
            (end, last, scale) = (segments, segments - 1, segments / (high - low));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            // NaN lands on the grid here, and stays NaN in the line.
            var place = T.Min(T.Max((x - T.Of(low)) * T.Of(scale), T.Of(0)), T.Of(end));
            var position = T.Min(place, T.Of(last));
            var t = place - T.Truncate(position);
            // Products and sums are rounded each, as in the function of the operator.
            var cubic = ((T.Lookup<TSize>(table3, position) * t + T.Lookup<TSize>(table2, position)) * t + T.Lookup<TSize>(table1, position)) * t + T.Lookup<TSize>(table0, position);
            return TLine.Of(x, left, right) + cubic;
        }
    }

    /// <summary>The lines on either side of zero; NaN stays NaN in all of them.</summary>
    interface ILine
    {
        static abstract T Of<T>(T x, float left, float right) where T : struct, ILanes<T>;
    }

    readonly struct Bent : ILine
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T x, float left, float right) where T : struct, ILanes<T> =>
            T.IfLess(x, T.Of(0), T.Of(left), T.Of(right)) * T.Min(T.Of(Most(right)), T.Max(T.Of(Least(left)), x));
    }

    readonly struct Rectified : ILine
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T x, float left, float right) where T : struct, ILanes<T> => T.Max(T.Of(0), x);
    }

    readonly struct Level : ILine
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T x, float left, float right) where T : struct, ILanes<T> => T.Min(T.Of(0), T.Max(T.Of(0), x));
    }
}
