using System.Runtime.CompilerServices;

namespace Onnxc.Kernels.Numerics;

/// <summary>e to the power of a float, right to a unit in the last place or two, at any width: the library's own goes through doubles and takes several times as long.</summary>
static class Exponential
{
    // Beyond these the result is zero, or infinite.
    const float Least = -104, Most = 89;

    // A float so large that adding it leaves no fraction, and log 2 in two parts, the first of few digits.
    const float Round = 12582912, Log2High = 0.693359375f, Log2Low = -2.12194440e-4f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T>(T x) where T : struct, ILanes<T>
    {
        // NaN stays.
        x = T.Min(T.Of(Most), T.Max(T.Of(Least), x));
        var power = T.MultiplyAdd(x, T.Of(1.44269504f), T.Of(Round)) - T.Of(Round);
        var rest = T.MultiplyAdd(power, T.Of(-Log2Low), T.MultiplyAdd(power, T.Of(-Log2High), x));
        // Up to half of log 2: the series, its last terms fitted.
        var sum = T.MultiplyAdd(rest, T.Of(1.9875691500e-4f), T.Of(1.3981999507e-3f));
        sum = T.MultiplyAdd(sum, rest, T.Of(8.3334519073e-3f));
        sum = T.MultiplyAdd(sum, rest, T.Of(4.1665795894e-2f));
        sum = T.MultiplyAdd(sum, rest, T.Of(1.6666665459e-1f));
        sum = T.MultiplyAdd(sum, rest, T.Of(5.0000001201e-1f));
        sum = T.MultiplyAdd(sum, rest * rest, rest);
        return T.Scale(sum + T.Of(1), power);
    }
}
