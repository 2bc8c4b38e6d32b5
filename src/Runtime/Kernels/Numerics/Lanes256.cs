using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Onnxc.Kernels.Numerics;

readonly unsafe struct Lanes256(Vector256<float> value) : ILanes<Lanes256>
{
    readonly Vector256<float> value = value;

    public static int Count => Vector256<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Of(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a.value - b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a.value * b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a.value / b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Sqrt(Lanes256 value) => new(Vector256.Sqrt(value.value));

    public static (Lanes256 Sin, Lanes256 Cos) SinCos(Lanes256 value)
    {
        var (sin, cos) = Vector256.SinCos(value.value);
        return (new(sin), new(cos));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Scale(Lanes256 value, Lanes256 exponent)
    {
        // Two powers, of which neither is beyond a float where the result is not.
        var whole = Vector256.ConvertToInt32Native(exponent.value);
        var half = whole >> 1;
        var bias = Vector256.Create(127);
        return new(value.value * (half + bias << 23).AsSingle() * (whole - half + bias << 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 sum) => new(Vector256.FusedMultiplyAdd(a.value, b.value, sum.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 IfAtMost(Lanes256 left, Lanes256 right, Lanes256 a, Lanes256 b) =>
        new(Vector256.ConditionalSelect(Vector256.LessThanOrEqual(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 IfLess(Lanes256 left, Lanes256 right, Lanes256 a, Lanes256 b) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Avx.Max(a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Min(Lanes256 a, Lanes256 b) => new(Avx.Min(a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Truncate(Lanes256 value) => new(Vector256.ConvertToSingle(Vector256.ConvertToInt32Native(value.value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Lookup<TSize>(float* table, Lanes256 place) where TSize : struct, ITableSize
    {
        var at = Vector256.ConvertToInt32Native(place.value);
        if (TSize.Most > 16) return new(Avx2.GatherVector256(table, at, sizeof(float)));
        var low = Avx2.PermuteVar8x32(Vector256.Load(table), at);
        if (TSize.Most <= 8) return new(low);
        var high = Avx2.PermuteVar8x32(Vector256.Load(table + 8), at);
        return new(Vector256.ConditionalSelect(Vector256.GreaterThan(at, Vector256.Create(7)).AsSingle(), high, low));
    }

    public static float Sum(Lanes256 value) => Vector256.Sum(value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreStreaming(float* to) => value.StoreAlignedNonTemporal(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes256 First, Lanes256 Second) LoadBytes(byte* from) =>
        (new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(from))), new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(from + 8))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes256 First, Lanes256 Second) LoadNibbles(byte* from)
    {
        // The low halves of eight bytes, and their high ones beside them.
        var pairs = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)from).AsByte());
        var codes = ((pairs | (pairs << 4)) & Vector128.Create((ushort)0x0F0F)).AsByte();
        return (new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(codes))), new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(Sse2.ShiftRightLogical128BitLane(codes, 8)))));
    }
}
