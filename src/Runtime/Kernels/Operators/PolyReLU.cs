using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary><c>y = w₀·rⁿ + … + wₙ₋₁·r + b</c> with <c>r = max(x, 0)</c>: Zhuo et al., Polynomial Composition Activations.</summary>
sealed class PolyReLU : Operator
{
    public override Kernel Create(Attributes attributes)
    {
        var weights = attributes.Floats("weights", 1 / 3f, 1 / 3f, 1 / 3f);
        if (weights.Length == 0) throw attributes.Wrong("weights", weights, "needs a number at least");
        var bias = attributes.Float("bias", 0);
        return weights.Length == 3 ? new Elementwise<Cubic>(new(weights[0], weights[1], weights[2], bias)) : new Elementwise<Horner>(new(weights, bias));
    }

    // The order of the paper, unrolled.
    readonly struct Cubic(float cube, float square, float slope, float bias) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            var r = T.IfAtMost(x, T.Of(0), T.Of(0), x);
            return ((T.Of(cube) * r + T.Of(square)) * r + T.Of(slope)) * r + T.Of(bias);
        }
    }

    readonly struct Horner(float[] weights, float bias) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            var r = T.IfAtMost(x, T.Of(0), T.Of(0), x);
            var sum = T.Of(0);
            foreach (var weight in weights) sum = (sum + T.Of(weight)) * r;
            return sum + T.Of(bias);
        }
    }
}
