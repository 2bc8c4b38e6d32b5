using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// <c>y = w₀·N(xⁿ) + … + wₙ₋₁·N(x) + b</c> with <c>N(v) = v/√(mean(v²) + ε)</c> over the last axis: Zhuo et al., Polynomial Composition
/// Activations. All moments come from one read of the row, while it is in the cache. A row whose highest power overflows is divided by its largest
/// magnitude first, which changes N(v) by nothing but what is added to the mean.
/// </summary>
sealed class PolyNorm : Operator
{
    const int HighestOrder = 64;

    public override Kernel Create(Attributes attributes)
    {
        var (weights, bias, epsilon) = Read(attributes);
        return new Rows(weights, bias, epsilon);
    }

    public override CudaKernel CreateCuda(Attributes attributes)
    {
        var (weights, bias, epsilon) = Read(attributes);
        return new OnCuda(weights, bias, epsilon);
    }

    static (float[] Weights, float Bias, float Epsilon) Read(Attributes attributes)
    {
        var weights = attributes.Floats("weights", 1 / 3f, 1 / 3f, 1 / 3f);
        if (weights.Length is 0 or > HighestOrder) throw attributes.Wrong("weights", weights, $"needs 1 to {HighestOrder} numbers");
        var epsilon = attributes.Finite("epsilon", 1e-6f);
        if (epsilon < 0) throw attributes.Wrong("epsilon", epsilon, "must not be negative");
        return (weights, attributes.Float("bias", 0), epsilon);
    }

    sealed class OnCuda(float[] weights, float bias, float epsilon) : CudaKernel
    {
        public override void Launch(CudaLaunch launch)
        {
            var length = launch.Call.RowLength();
            launch.OverRows(length, rows => With(new() { X = launch.X, Y = launch.Y, Rows = rows, Length = length, Bias = bias, Epsilon = epsilon, Order = weights.Length }));
        }

        unsafe Arguments With(Arguments arguments)
        {
            weights.CopyTo(new Span<float>(arguments.Weights, HighestOrder));
            return arguments;
        }

        unsafe struct Arguments
        {
            public nint X, Y;
            public long Rows, Length;
            public float Bias, Epsilon;
            public int Order;
            public fixed float Weights[HighestOrder];
        }
    }

    sealed unsafe class Rows(float[] weights, float bias, float epsilon) : RowKernel
    {
        const int Block = 2048;

        protected override void Row(ReadOnlySpan<float> x, Span<float> y, bool stream)
        {
            // Factors of x, x², …, from the moments.
            var factors = stackalloc float[weights.Length];
            if (Factors(x, 1, factors))
            {
                Write(x, y, stream, factors);
                return;
            }
            var scale = Largest(x);
            Map.Run(new Quotient(scale), x, y, stream: false);
            Factors(y, scale, factors);
            Write(y, y, stream, factors);
        }

        void Write(ReadOnlySpan<float> x, Span<float> y, bool stream, float* factors)
        {
            if (weights.Length == 3) Map.Run(new Cubic(factors[0], factors[1], factors[2], bias), x, y, stream);
            else Map.Run(new Powers(factors, weights.Length, bias), x, y, stream);
        }

        // False where the moments are not finite, of which that of the highest power is the first.
        bool Factors(ReadOnlySpan<float> row, float scale, float* factors)
        {
            var moments = stackalloc double[weights.Length];
            new Span<double>(moments, weights.Length).Clear();
            fixed (float* x = row)
            {
                for (var done = 0; done < row.Length; done += Block)
                {
                    var count = Math.Min(Block, row.Length - done);
                    if (Width.Is512) AddMoments<Lanes512>(x + done, count, moments);
                    else if (Width.Is256) AddMoments<Lanes256>(x + done, count, moments);
                    else if (Width.Is128) AddMoments<Lanes128>(x + done, count, moments);
                    else AddMoments<Lanes1>(x + done, count, moments);
                }
            }
            var floor = epsilon;
            for (var i = 0; i < weights.Length; i++)
            {
                floor = floor / scale / scale;
                factors[i] = weights[^(i + 1)] / MathF.Sqrt((float)moments[i] / row.Length + floor);
            }
            return float.IsFinite((float)moments[weights.Length - 1]);
        }

        // Of infinities the largest finite number, so that they stay what they are.
        static float Largest(ReadOnlySpan<float> row)
        {
            var largest = 0f;
            foreach (var value in row) largest = Math.Abs(value) > largest ? Math.Abs(value) : largest;
            return Math.Min(largest, float.MaxValue);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void AddMoments<T>(float* x, int length, double* moments) where T : struct, ILanes<T>
        {
            var order = weights.Length;
            for (var first = 0; first < order; first += 3)
            {
                // Three moments at a time stay in registers.
                T a = T.Of(0), b = a, c = a;
                var (tailA, tailB, tailC) = (0d, 0d, 0d);
                var i = 0;
                for (; i <= length - T.Count; i += T.Count) Add(T.Load(x + i), first, ref a, ref b, ref c);
                for (; i < length; i++)
                {
                    Lanes1 p = Lanes1.Of(0), q = p, r = p;
                    Add(Lanes1.Load(x + i), first, ref p, ref q, ref r);
                    (tailA, tailB, tailC) = (tailA + Lanes1.Sum(p), tailB + Lanes1.Sum(q), tailC + Lanes1.Sum(r));
                }
                moments[first] += T.Sum(a) + tailA;
                if (first + 1 < order) moments[first + 1] += T.Sum(b) + tailB;
                if (first + 2 < order) moments[first + 2] += T.Sum(c) + tailC;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Add<T>(T x, int first, ref T a, ref T b, ref T c) where T : struct, ILanes<T>
        {
            var power = x;
            for (var i = 0; i < first; i++) power *= x;
            a += power * power;
            power *= x;
            b += power * power;
            power *= x;
            c += power * power;
        }
    }

    readonly struct Quotient(float scale) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => x / T.Of(scale);
    }

    readonly struct Cubic(float line, float square, float cube, float bias) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            var second = x * x;
            return T.Of(line) * x + T.Of(square) * second + T.Of(cube) * (second * x) + T.Of(bias);
        }
    }

    readonly unsafe struct Powers(float* factors, int order, float bias) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            var power = x;
            var sum = T.Of(factors[0]) * x;
            for (var i = 1; i < order; i++)
            {
                power *= x;
                sum += T.Of(factors[i]) * power;
            }
            return sum + T.Of(bias);
        }
    }
}
