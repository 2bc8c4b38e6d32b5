using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary><c>y = w₀·rⁿ + … + wₙ₋₁·r + b</c> with <c>r = max(x, 0)</c>: Zhuo et al., Polynomial Composition Activations.</summary>
sealed class PolyReLU : Operator
{
    public override Kernel Create(Attributes attributes)
    {
        var (weights, bias) = Read(attributes);
        return weights.Length == 3 ? new Elementwise<Cubic>(new(weights[0], weights[1], weights[2], bias)) : new Elementwise<Horner>(new(weights, bias));
    }

    public override CudaKernel CreateCuda(Attributes attributes)
    {
        var (weights, bias) = Read(attributes);
        return new OnCuda(weights, bias);
    }

    static (float[] Weights, float Bias) Read(Attributes attributes)
    {
        var weights = attributes.Floats("weights", 1 / 3f, 1 / 3f, 1 / 3f);
        if (weights.Length == 0) throw attributes.Wrong("weights", weights, "needs a number at least");
        return (weights, attributes.Float("bias", 0));
    }

    sealed class OnCuda(float[] weights, float bias) : CudaKernel
    {
        readonly bool cubic = weights.Length == 3;

        public override float[] Table => cubic ? [] : weights;

        public override void Launch(CudaLaunch launch) => launch.OverElements(new Arguments
        {
            X = launch.X,
            Y = launch.Y,
            Count = launch.Count,
            Weights = launch.Table,
            Order = weights.Length,
            Bias = bias,
            Cube = cubic ? weights[0] : 0,
            Square = cubic ? weights[1] : 0,
            Slope = cubic ? weights[2] : 0,
        });

        struct Arguments
        {
            public nint X, Y;
            public long Count;
            public nint Weights;
            public int Order;
            public float Bias, Cube, Square, Slope;
        }
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
