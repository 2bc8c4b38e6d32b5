using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Onnxc.Kernels.Numerics;

readonly unsafe struct Lanes128(Vector128<float> value) : ILanes<Lanes128>
{
    readonly Vector128<float> value = value;

    public static int Count => Vector128<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* from) => new(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Of(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 a, Lanes128 b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 a, Lanes128 b) => new(a.value - b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 a, Lanes128 b) => new(a.value * b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 a, Lanes128 b) => new(a.value / b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Sqrt(Lanes128 value) => new(Vector128.Sqrt(value.value));

    public static (Lanes128 Sin, Lanes128 Cos) SinCos(Lanes128 value)
    {
        var (sin, cos) = Vector128.SinCos(value.value);
        return (new(sin), new(cos));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Scale(Lanes128 value, Lanes128 exponent)
    {
        // Two powers, of which neither is beyond a float where the result is not.
        var whole = Vector128.ConvertToInt32Native(exponent.value);
        var half = whole >> 1;
        var bias = Vector128.Create(127);
        return new(value.value * (half + bias << 23).AsSingle() * (whole - half + bias << 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 sum) => new(Vector128.FusedMultiplyAdd(a.value, b.value, sum.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 IfAtMost(Lanes128 left, Lanes128 right, Lanes128 a, Lanes128 b) =>
        new(Vector128.ConditionalSelect(Vector128.LessThanOrEqual(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 IfLess(Lanes128 left, Lanes128 right, Lanes128 a, Lanes128 b) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Max(Lanes128 a, Lanes128 b) => new(Vector128.ConditionalSelect(Vector128.GreaterThan(a.value, b.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Min(Lanes128 a, Lanes128 b) => new(Vector128.ConditionalSelect(Vector128.LessThan(a.value, b.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Truncate(Lanes128 value) => new(Vector128.ConvertToSingle(Vector128.ConvertToInt32Native(value.value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Lookup<TSize>(float* table, Lanes128 place) where TSize : struct, ITableSize =>
        new(Vector128.Create(table[(int)place.value[0]], table[(int)place.value[1]], table[(int)place.value[2]], table[(int)place.value[3]]));

    public static float Sum(Lanes128 value) => Vector128.Sum(value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreStreaming(float* to) => value.StoreAlignedNonTemporal(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes128 First, Lanes128 Second) LoadBytes(byte* from) => Widen(Vector128.CreateScalarUnsafe(*(ulong*)from).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes128 First, Lanes128 Second) LoadNibbles(byte* from)
    {
        // The low halves of four bytes, and their high ones beside them.
        var pairs = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)from).AsByte());
        return Widen(((pairs | (pairs << 4)) & Vector128.Create((ushort)0x0F0F)).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Lanes128 First, Lanes128 Second) Widen(Vector128<byte> codes)
    {
        var (first, second) = Vector128.Widen(Vector128.WidenLower(codes).AsInt16());
        return (new(Vector128.ConvertToSingle(first)), new(Vector128.ConvertToSingle(second)));
    }
}
