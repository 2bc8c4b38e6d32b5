using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary><c>y = Σ sigmoid(slope·x + shiftₙ)</c>: a staircase whose steps are nested classes.</summary>
sealed class MultiLevelActivation : Operator
{
    const int MostSteps = 64;

    public override Kernel Create(Attributes attributes)
    {
        var shifts = attributes.Floats("shifts");
        if (shifts.Length is 0 or > MostSteps) throw attributes.Wrong("shifts", shifts, $"needs 1 to {MostSteps} numbers");
        return new Elementwise<Steps>(new(attributes.Float("slope", 10), shifts));
    }

    readonly struct Steps(float slope, float[] shifts) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            T scaled = x * T.Of(slope), sum = T.Of(0), one = T.Of(1);
            foreach (var shift in shifts) sum += one / (one + Exponential.Of(T.Of(0) - (scaled + T.Of(shift))));
            return sum;
        }
    }
}
