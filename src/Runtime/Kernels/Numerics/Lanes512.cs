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
    public static Lanes512 IfAtMost(Lanes512 left, Lanes512 right, Lanes512 a, Lanes512 b) =>
        new(Vector512.ConditionalSelect(Vector512.LessThanOrEqual(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 IfLess(Lanes512 left, Lanes512 right, Lanes512 a, Lanes512 b) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 IfEqual(Lanes512 left, Lanes512 right, Lanes512 a, Lanes512 b) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Truncate(Lanes512 value) => new(Vector512.ConvertToSingle(Vector512.ConvertToInt32Native(value.value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Lookup(float* table, int length, Lanes512 index)
    {
        var at = Vector512.ConvertToInt32Native(index.value);
        if (length <= 16) return new(Avx512F.PermuteVar16x32(Vector512.Load(table), at));
        if (length <= 32) return new(Avx512F.PermuteVar16x32x2(Vector512.Load(table), at, Vector512.Load(table + 16)));
        return new(Vector512.Create(Avx2.GatherVector256(table, at.GetLower(), sizeof(float)), Avx2.GatherVector256(table, at.GetUpper(), sizeof(float))));
    }

    public static float Sum(Lanes512 value) => Vector512.Sum(value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreStreaming(float* to) => value.StoreAlignedNonTemporal(to);
}
