using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Onnxc.Kernels.Numerics;

readonly unsafe struct Lanes512(Vector512<float> value) : ILanes<Lanes512>
{
    readonly Vector512<float> value = value;

    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Of(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a.value - b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a.value * b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator /(Lanes512 a, Lanes512 b) => new(a.value / b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Sqrt(Lanes512 value) => new(Vector512.Sqrt(value.value));

    public static (Lanes512 Sin, Lanes512 Cos) SinCos(Lanes512 value)
    {
        var (sin, cos) = Vector512.SinCos(value.value);
        return (new(sin), new(cos));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Scale(Lanes512 value, Lanes512 exponent) => new(Avx512F.Scale(value.value, exponent.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 sum) => new(Vector512.FusedMultiplyAdd(a.value, b.value, sum.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 IfAtMost(Lanes512 left, Lanes512 right, Lanes512 a, Lanes512 b) =>
        new(Vector512.ConditionalSelect(Vector512.LessThanOrEqual(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 IfLess(Lanes512 left, Lanes512 right, Lanes512 a, Lanes512 b) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Avx512F.Max(a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Min(Lanes512 a, Lanes512 b) => new(Avx512F.Min(a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Truncate(Lanes512 value) => new(Vector512.ConvertToSingle(Vector512.ConvertToInt32Native(value.value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Lookup<TSize>(float* table, Lanes512 place) where TSize : struct, ITableSize
    {
        var at = Vector512.ConvertToInt32Native(place.value);
        if (TSize.Most <= 16) return new(Avx512F.PermuteVar16x32(Vector512.Load(table), at));
        if (TSize.Most <= 32) return new(Avx512F.PermuteVar16x32x2(Vector512.Load(table), at, Vector512.Load(table + 16)));
        return new(Vector512.Create(Avx2.GatherVector256(table, at.GetLower(), sizeof(float)), Avx2.GatherVector256(table, at.GetUpper(), sizeof(float))));
    }

    public static float Sum(Lanes512 value) => Vector512.Sum(value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreStreaming(float* to) => value.StoreAlignedNonTemporal(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes512 First, Lanes512 Second) LoadBytes(byte* from) =>
        (Widen(Vector128.Load(from)), Widen(Vector128.Load(from + 16)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes512 First, Lanes512 Second) LoadNibbles(byte* from)
    {
        // The low halves of sixteen bytes, and their high ones beside them.
        var pairs = Avx2.ConvertToVector256Int16(from).AsUInt16();
        var codes = ((pairs | (pairs << 4)) & Vector256.Create((ushort)0x0F0F)).AsByte();
        return (Widen(codes.GetLower()), Widen(codes.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Lanes512 Widen(Vector128<byte> codes) => new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(codes)));
}
