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
            <= 8 => new Elementwise<Spline<ITableSize.Upto8>>(new(low, high, left, right, coefficients)),
            <= 16 => new Elementwise<Spline<ITableSize.Upto16>>(new(low, high, left, right, coefficients)),
            <= 32 => new Elementwise<Spline<ITableSize.Upto32>>(new(low, high, left, right, coefficients)),
            _ => new Elementwise<Spline<ITableSize.Any>>(new(low, high, left, right, coefficients)),
        };
    }

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

    readonly unsafe struct Spline<TSize> : IMap where TSize : struct, ITableSize
    {
        readonly float low, scale, last, end, left, right, least, most;

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
            (least, most) = (Least(left), Most(right));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            // NaN lands on the grid here, and stays NaN in the line.
            var place = T.Min(T.Max((x - T.Of(low)) * T.Of(scale), T.Of(0)), T.Of(end));
            var position = T.Min(place, T.Of(last));
            var t = place - T.Truncate(position);
            var cubic = ((T.Lookup<TSize>(table3, position) * t + T.Lookup<TSize>(table2, position)) * t + T.Lookup<TSize>(table1, position)) * t + T.Lookup<TSize>(table0, position);
            var slope = T.IfLess(x, T.Of(0), T.Of(left), T.Of(right));
            return slope * T.Min(T.Of(most), T.Max(T.Of(least), x)) + cubic;
        }
    }
}
