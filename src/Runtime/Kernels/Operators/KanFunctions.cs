using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// Basis functions of one layer. Cubic ones on equal knots are local: four of them are not zero, those that end in the interval of the number. All others
/// are computed for every number.
/// </summary>
sealed unsafe class KanFunctions
{
    public const int LocalTerms = 4;

    // Of the distance: what rounding the knots leaves of equal ones.
    const float Even = 5e-6f;

    readonly KanBasis basis;
    readonly int degree, inputs, terms, knots;

    // Gaussians at equal distances have equal quotients of neighbours; within this reach of their middle none overflows.
    const float Reach = 9, MostHalf = 4;
    readonly bool isEvenlySpread;
    readonly float[] quotients = [];
    readonly float factor;

    // By knot, so that inputs lie side by side; and the first knot and the reciprocal distance of each input. At an address that stays.
    readonly float[] numbers;
    readonly float* grid, first, scale;

    public KanFunctions(KanBasis basis, int degree, float factor, int inputs, int terms, float* byInput)
    {
        (this.basis, this.degree, this.factor, this.inputs, this.terms) = (basis, degree, factor, inputs, terms);
        knots = basis switch { KanBasis.BSpline => terms + degree + 1, KanBasis.Relu => 2 * terms, _ => terms };
        numbers = GC.AllocateUninitializedArray<float>((knots + 2) * inputs, pinned: true);
        grid = (float*)Unsafe.AsPointer(ref numbers[0]);
        first = grid + knots * inputs;
        scale = first + inputs;
        for (var i = 0; i < inputs; i++)
            for (var k = 0; k < knots; k++) grid[k * inputs + i] = byInput[i * knots + k];
        IsLocal = basis != KanBasis.Gaussian && (basis == KanBasis.Relu || degree == 3) && terms >= LocalTerms;
        for (var i = 0; i < inputs && IsLocal; i++) IsLocal = IsEven(byInput + i * knots, i);
        if (basis != KanBasis.Gaussian || terms < 3) return;
        isEvenlySpread = true;
        for (var i = 0; i < inputs && isEvenlySpread; i++) isEvenlySpread = IsEven(byInput + i * knots, i) && Math.Abs(scale[i] / scale[0] - 1) <= Even;
        var step = (double)factor / scale[0];
        isEvenlySpread &= step * (terms - 1) / 2 <= MostHalf;
        quotients = [.. Enumerable.Range(0, terms).Select(j => (float)Math.Exp(-Math.Pow((j - (terms - 1) / 2.0) * step, 2)))];
    }

    public bool IsLocal { get; private set; }

    public int Inputs => inputs;

    public int Terms => terms;

    /// <summary>Functions that are computed of one number.</summary>
    public int Computed => IsLocal ? LocalTerms : terms;

    /// <summary>
    /// Computes functions of <paramref name="count"/> numbers, of input <paramref name="at"/> and those after it: in <paramref name="values"/> the numbers of one
    /// function lie side by side, <paramref name="stride"/> apart from those of the next. <paramref name="cells"/>: the last local function of each number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Compute<T>(float* z, int at, int count, float* values, float* cells, int stride) where T : struct, ILanes<T>
    {
        if (!IsLocal && basis == KanBasis.BSpline)
        {
            for (var i = 0; i < count; i++) General(z[i], at + i, values + i, stride);
            return;
        }
        var done = 0;
        for (; done <= count - T.Count; done += T.Count) Some<T>(z + done, at + done, values + done, cells + done, stride);
        for (; done < count; done++) Some<Lanes1>(z + done, at + done, values + done, cells + done, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Some<T>(float* z, int at, float* values, float* cells, int stride) where T : struct, ILanes<T>
    {
        if (IsLocal) Local<T>(z, at, values, cells, stride);
        else if (basis == KanBasis.Gaussian) Gaussians<T>(z, at, values, stride);
        else Hats<T>(z, at, values, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Local<T>(float* z, int at, float* values, float* cells, int stride) where T : struct, ILanes<T>
    {
        // The first function begins at interval 0, the last one ends before interval `end`.
        var end = T.Of(terms + 3);
        var u = (T.Load(z) - T.Load(first + at)) * T.Load(scale + at);
        var cell = T.Truncate(T.Min(T.Max(u, T.Of(0)), T.Of(terms + 2)));
        Within(u, end, cell, T.Of(-1)).Store(cells);
        var t = u - cell;
        if (basis == KanBasis.BSpline)
        {
            T rest = T.Of(1) - t, square = t * t, sixth = T.Of(1 / 6f);
            Within(u, end, rest * rest * rest * sixth).Store(values);
            Within(u, end, ((T.Of(0.5f) * t - T.Of(1)) * square) + T.Of(2 / 3f)).Store(values + stride);
            Within(u, end, ((T.Of(-0.5f) * t + T.Of(0.5f)) * t + T.Of(0.5f)) * t + sixth).Store(values + 2 * stride);
            Within(u, end, square * t * sixth).Store(values + 3 * stride);
            return;
        }
        // In intervals, of which a function has four.
        var height = T.Of(factor) / (T.Load(scale + at) * T.Load(scale + at));
        for (var s = 0; s < LocalTerms; s++)
        {
            var hat = height * (t + T.Of(3 - s)) * (T.Of(1 + s) - t);
            Within(u, end, hat * hat).Store(values + s * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Within<T>(T place, T end, T value) where T : struct, ILanes<T> => Within(place, end, value, T.Of(0));

    // NaN is neither before the grid nor behind it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static T Within<T>(T place, T end, T value, T other) where T : struct, ILanes<T> => T.IfLess(place, T.Of(0), other, T.IfAtMost(end, place, other, value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Gaussians<T>(float* z, int at, float* values, int stride) where T : struct, ILanes<T>
    {
        var x = T.Load(z);
        if (isEvenlySpread)
        {
            // exp(-(v - k·s)²) = exp(-v²)·exp(2·v·s)^k·exp(-(k·s)²), counted from the middle one; NaN stays.
            var (step, half) = (factor / scale[0], (terms - 1) / 2f);
            var v = (x - T.Load(first + at)) * T.Of(factor) - T.Of(half * step);
            v = T.Min(T.Of(Reach), T.Max(T.Of(-Reach), v));
            // Two factors, of which neither is too small for a float where the product is not.
            T bell = Exponential.Of(T.Of(0) - v * v), power = Exponential.Of(v * T.Of(-2 * step * half));
            var ratio = Exponential.Of(v * T.Of(2 * step));
            for (var m = 0; m < terms; m++)
            {
                (bell * (power * T.Of(quotients[m]))).Store(values + m * stride);
                power *= ratio;
            }
            return;
        }
        for (var m = 0; m < terms; m++)
        {
            var distance = (x - T.Load(grid + m * inputs + at)) * T.Of(factor);
            Exponential.Of(T.Of(0) - distance * distance).Store(values + m * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Hats<T>(float* z, int at, float* values, int stride) where T : struct, ILanes<T>
    {
        T x = T.Load(z), zero = T.Of(0);
        for (var m = 0; m < terms; m++)
        {
            T past = x - T.Load(grid + m * inputs + at), ahead = T.Load(grid + (terms + m) * inputs + at) - x;
            var hat = T.IfAtMost(past, zero, zero, past) * T.IfAtMost(ahead, zero, zero, ahead) * T.Of(factor);
            (hat * hat).Store(values + m * stride);
        }
    }

    // Cox and de Boor, all functions of one number.
    void General(float z, int input, float* values, int stride)
    {
        var lower = stackalloc float[knots];
        for (var j = 0; j < knots - 1; j++) lower[j] = z >= Knot(j) && z < Knot(j + 1) ? 1 : 0;
        for (var d = 1; d <= degree; d++)
            for (var j = 0; j < knots - 1 - d; j++)
                lower[j] = (z - Knot(j)) / (Knot(j + d) - Knot(j)) * lower[j] + (Knot(j + d + 1) - z) / (Knot(j + d + 1) - Knot(j + 1)) * lower[j + 1];
        for (var m = 0; m < terms; m++) values[m * stride] = lower[m];

        float Knot(int k) => grid[k * inputs + input];
    }

    // Knots at equal distances; for hats, which begin at them, ends four of those later.
    bool IsEven(float* own, int input)
    {
        var begins = basis == KanBasis.Relu ? terms : knots;
        var distance = (own[begins - 1] - own[0]) / (begins - 1);
        if (!(distance > 0)) return false;
        for (var k = 0; k < begins; k++)
        {
            if (!(Math.Abs(own[k] - own[0] - k * distance) <= Even * distance)) return false;
            if (basis == KanBasis.Relu && !(Math.Abs(own[terms + k] - own[k] - LocalTerms * distance) <= Even * distance)) return false;
        }
        (first[input], scale[input]) = (own[0], 1 / distance);
        return true;
    }
}
