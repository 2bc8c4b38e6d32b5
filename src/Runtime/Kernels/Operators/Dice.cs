using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary><c>y = x·(slope + (1 - slope)·sigmoid(scale·x + shift))</c>: Zhou et al., Deep Interest Network, 2018.</summary>
sealed class Dice : Operator
{
    public override int InputCount => 4;

    public override unsafe Kernel Create(Attributes attributes) => new BoundedKernel<Knees>(call =>
    {
        long[] x = call.Shape(0), shape = call.Shape(1);
        var strides = call.Strides("scale", 1, x);
        foreach (var (name, input) in new[] { ("shift", 2), ("slope", 3) })
            if (!call.Shape(input).AsSpan().SequenceEqual(shape)) throw call.Wrong($"`{name}`", call.Shape(input), $"must have that of `scale`, {KernelCall.Text(shape)}");
        return (new(x, strides, strides), new(call.Floats(1), call.Floats(2), call.Floats(3)));
    });

    readonly unsafe struct Knees(float* scale, float* shift, float* slope) : IBoundedMap
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<T>(float* x, float* y, BoundedRun run) where T : struct, ILanes<T>
        {
            float* s = scale + run.Low, b = shift + run.Low, a = slope + run.Low;
            var i = 0;
            if (run.LowStep == 0)
            {
                T scales = T.Of(*s), shifts = T.Of(*b), slopes = T.Of(*a);
                for (; i <= run.Length - T.Count; i += T.Count) Of(T.Load(x + i), scales, shifts, slopes).Store(y + i);
                for (; i < run.Length; i++) Of(Lanes1.Load(x + i), Lanes1.Load(s), Lanes1.Load(b), Lanes1.Load(a)).Store(y + i);
                return;
            }
            for (; i <= run.Length - T.Count; i += T.Count) Of(T.Load(x + i), T.Load(s + i), T.Load(b + i), T.Load(a + i)).Store(y + i);
            for (; i < run.Length; i++) Of(Lanes1.Load(x + i), Lanes1.Load(s + i), Lanes1.Load(b + i), Lanes1.Load(a + i)).Store(y + i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static T Of<T>(T x, T scale, T shift, T slope) where T : struct, ILanes<T>
        {
            T one = T.Of(1), gate = one / (one + Exponential.Of(T.Of(0) - (x * scale + shift)));
            return x * (slope + (one - slope) * gate);
        }
    }
}
