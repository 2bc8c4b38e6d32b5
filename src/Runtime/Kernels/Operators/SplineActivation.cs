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
        var (low, high) = (attributes.Finite("low", -4), attributes.Finite("high", 4));
        if (low >= high) throw attributes.Wrong("high", high, $"must be above `low`, which is {Attributes.Text(low)}");
        var coefficients = attributes.Floats("coefficients");
        if (coefficients.Length == 0 || coefficients.Length % 4 != 0) throw attributes.Wrong("coefficients", coefficients, $"needs four numbers for every segment, and has {coefficients.Length}");
        if (coefficients.Length / 4 > MostSegments) throw attributes.Wrong("coefficients", coefficients, $"has more than {MostSegments} segments");
        return new Elementwise<Spline>(new(low, high, attributes.Float("left_slope", 0), attributes.Float("right_slope", 1), coefficients));
    }

    readonly unsafe struct Spline : IMap
    {
        readonly float low, scale, last, end, left, right;
        readonly int segments, plane;

        // Four tables behind each other, each padded to whole vectors, at an address that stays.
        readonly float[] tables;
        readonly float* table;

        public Spline(float low, float high, float left, float right, float[] coefficients)
        {
            segments = coefficients.Length / 4;
            plane = (segments + 31) / 32 * 32;
            tables = GC.AllocateArray<float>(4 * plane, pinned: true);
            for (var i = 0; i < coefficients.Length; i++) tables[i % 4 * plane + i / 4] = coefficients[i];
            table = (float*)Unsafe.AsPointer(ref tables[0]);
            (this.low, this.left, this.right) = (low, left, right);
            (end, last, scale) = (segments, segments - 1, segments / (high - low));
        }

        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            var place = (x - T.Of(low)) * T.Of(scale);
            // In this order NaN lands on the grid too.
            place = T.IfLess(T.Of(0), place, place, T.Of(0));
            place = T.IfLess(place, T.Of(end), place, T.Of(end));
            var segment = T.Truncate(T.IfLess(place, T.Of(last), place, T.Of(last)));
            var t = place - segment;
            var cubic = ((Coefficient(3, segment) * t + Coefficient(2, segment)) * t + Coefficient(1, segment)) * t + Coefficient(0, segment);
            var slope = T.IfLess(x, T.Of(0), T.Of(left), T.Of(right));
            // A slope of zero must not make NaN of an infinite x.
            var line = T.IfEqual(slope, T.Of(0), T.Of(0), slope * x);
            return T.IfEqual(x, x, line + cubic, x);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        T Coefficient<T>(int power, T segment) where T : struct, ILanes<T> => T.Lookup(table + power * plane, segments, segment);
    }
}
