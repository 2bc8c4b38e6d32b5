
namespace Onnxc.Kernels.Numerics;

/// <summary>One float: the ends of spans, and processors without vectors.</summary>
readonly unsafe struct Lanes1(float value) : ILanes<Lanes1>
{
    readonly float value = value;

    public static int Count => 1;

    public static Lanes1 Load(float* from) => new(*from);

    public static Lanes1 Of(float value) => new(value);

    public static Lanes1 operator +(Lanes1 a, Lanes1 b) => new(a.value + b.value);

    public static Lanes1 operator -(Lanes1 a, Lanes1 b) => new(a.value - b.value);

    public static Lanes1 operator *(Lanes1 a, Lanes1 b) => new(a.value * b.value);

    public static Lanes1 operator /(Lanes1 a, Lanes1 b) => new(a.value / b.value);

    // As the vectors do it.
    public static Lanes1 Sqrt(Lanes1 value) => new(MathF.Sqrt(value.value));

    public static (Lanes1 Sin, Lanes1 Cos) SinCos(Lanes1 value)
    {
        var (sin, cos) = MathF.SinCos(value.value);
        return (new(sin), new(cos));
    }

    public static Lanes1 Scale(Lanes1 value, Lanes1 exponent) => new(MathF.ScaleB(value.value, (int)exponent.value));

    public static Lanes1 MultiplyAdd(Lanes1 a, Lanes1 b, Lanes1 sum) => new(MathF.FusedMultiplyAdd(a.value, b.value, sum.value));

    public static Lanes1 IfAtMost(Lanes1 left, Lanes1 right, Lanes1 a, Lanes1 b) => left.value <= right.value ? a : b;

    public static Lanes1 IfLess(Lanes1 left, Lanes1 right, Lanes1 a, Lanes1 b) => left.value < right.value ? a : b;

    public static Lanes1 Max(Lanes1 a, Lanes1 b) => a.value > b.value ? a : b;

    public static Lanes1 Min(Lanes1 a, Lanes1 b) => a.value < b.value ? a : b;

    public static Lanes1 Truncate(Lanes1 value) => new((int)value.value);

    public static Lanes1 Lookup<TSize>(float* table, Lanes1 place) where TSize : struct, ITableSize => new(table[(int)place.value]);

    public static float Sum(Lanes1 value) => value.value;

    public void Store(float* to) => *to = value;

    public void StoreStreaming(float* to) => *to = value;

    public static (Lanes1 First, Lanes1 Second) LoadBytes(byte* from) => (new(from[0]), new(from[1]));

    public static (Lanes1 First, Lanes1 Second) LoadNibbles(byte* from) => (new(*from & 15), new(*from >> 4));
}
