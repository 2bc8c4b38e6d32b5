namespace Onnxc.Kernels.Numerics;

/// <summary>
/// A handful of floats computed on at once. A kernel is written once against this and compiled for every width; all widths do the same
/// operations in the same order, so that a result does not depend on the processor. Comparisons with NaN are false.
/// </summary>
unsafe interface ILanes<T> where T : struct, ILanes<T>
{
    static abstract int Count { get; }

    static abstract T Load(float* from);

    static abstract T Of(float value);

    static abstract T operator +(T a, T b);

    static abstract T operator -(T a, T b);

    static abstract T operator *(T a, T b);

    static abstract T operator /(T a, T b);

    static abstract T Sqrt(T value);

    static abstract (T Sin, T Cos) SinCos(T value);

    /// <summary>value·2^exponent, rounded once; the exponent is a whole number from -252 to 252.</summary>
    static abstract T Scale(T value, T exponent);

    /// <summary>a·b + sum, rounded once.</summary>
    static abstract T MultiplyAdd(T a, T b, T sum);

    /// <summary>a where <paramref name="left"/> is at most <paramref name="right"/>, b elsewhere.</summary>
    static abstract T IfAtMost(T left, T right, T a, T b);

    /// <summary>a where <paramref name="left"/> is less than <paramref name="right"/>, b elsewhere.</summary>
    static abstract T IfLess(T left, T right, T a, T b);

    /// <summary>a where it is greater, b elsewhere: b if one is NaN.</summary>
    static abstract T Max(T a, T b);

    /// <summary>a where it is less, b elsewhere: b if one is NaN.</summary>
    static abstract T Min(T a, T b);

    /// <summary>The whole part of a number from 0 to 2³¹.</summary>
    static abstract T Truncate(T value);

    /// <summary>Entries of <paramref name="table"/> at the whole parts of places, which must be in it. Up to 32 entries are permuted in registers.</summary>
    static abstract T Lookup<TSize>(float* table, T place) where TSize : struct, ITableSize;

    static abstract float Sum(T value);

    /// <summary>Twice as many codes as lanes, a byte each.</summary>
    static abstract (T First, T Second) LoadBytes(byte* from);

    /// <summary>Twice as many codes as lanes, two to a byte, the low bits first.</summary>
    static abstract (T First, T Second) LoadNibbles(byte* from);

    void Store(float* to);

    /// <summary>Stores past the caches to an address that is a multiple of the width.</summary>
    void StoreStreaming(float* to);
}
