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
    public static Lanes128 IfAtMost(Lanes128 left, Lanes128 right, Lanes128 a, Lanes128 b) =>
        new(Vector128.ConditionalSelect(Vector128.LessThanOrEqual(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 IfLess(Lanes128 left, Lanes128 right, Lanes128 a, Lanes128 b) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 IfEqual(Lanes128 left, Lanes128 right, Lanes128 a, Lanes128 b) =>
        new(Vector128.ConditionalSelect(Vector128.Equals(left.value, right.value), a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Truncate(Lanes128 value) => new(Vector128.ConvertToSingle(Vector128.ConvertToInt32Native(value.value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Lookup(float* table, int length, Lanes128 index) =>
        new(Vector128.Create(table[(int)index.value[0]], table[(int)index.value[1]], table[(int)index.value[2]], table[(int)index.value[3]]));

    public static float Sum(Lanes128 value) => Vector128.Sum(value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreStreaming(float* to) => value.StoreAlignedNonTemporal(to);
}
