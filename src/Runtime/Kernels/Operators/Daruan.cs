using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>What rotations of a qubit by the input leave to measure: a sum of harmonics, of which one sine and cosine are computed and the others follow.</summary>
sealed class Daruan : Operator
{
    const int MostCoefficients = 65;

    public override Kernel Create(Attributes attributes)
    {
        var coefficients = attributes.Floats("coefficients");
        if (coefficients.Length is < 3 or > MostCoefficients || coefficients.Length % 2 == 0) throw attributes.Wrong("coefficients", coefficients, $"needs an odd number from 3 to {MostCoefficients} of them, and has {coefficients.Length}");
        var frequency = attributes.Finite("frequency", 1);
        return attributes.Flag("fast") ? new Elementwise<Magnitudes>(new(new(coefficients, frequency))) : new Elementwise<Waves>(new(coefficients, frequency));
    }

    readonly struct Waves(float[] coefficients, float frequency) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            var (sin, cos) = T.SinCos(x * T.Of(frequency));
            T s = sin, c = cos, sum = T.Of(coefficients[0]);
            for (var i = 1; i < coefficients.Length; i += 2)
            {
                sum = T.MultiplyAdd(T.Of(coefficients[i]), c, T.MultiplyAdd(T.Of(coefficients[i + 1]), s, sum));
                (s, c) = (s * cos + c * sin, c * cos - s * sin);
            }
            return sum;
        }
    }

    readonly struct Magnitudes(Waves waves) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            T half = T.Of(0.5f), one = T.Of(1);
            var z = T.Min(one, T.Max(T.Of(-1), waves.Apply(x)));
            return T.Sqrt((one + z) * half) - T.Sqrt((one - z) * half);
        }
    }
}
