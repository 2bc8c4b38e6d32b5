using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// One product of a layer. A task has some rows; it goes along the inputs, of which one sine and cosine each are computed and the other harmonics follow, so that all outputs
/// share them.
/// </summary>
sealed unsafe class DaruanProduct(long rows, int inputs, int coefficients, int columns, bool isFast, bool hasBase)
    : LayerProduct(rows)
{
    // Inputs whose harmonics are computed at once.
    const int Inputs = 16;

    // Numbers that an input has, and rows of weights.
    readonly int features = coefficients + (hasBase ? 1 : 0), terms = coefficients + (isFast ? 1 : 0) + (hasBase ? 1 : 0);

    public float Frequency { get; init; }

    protected override void Compute<T>(long begin, int count)
    {
        using var room = new RentedBuffer<float>(count * columns + (long)count * Inputs * features);
        float* y = room.Start, values = y + count * columns;
        for (var r = 0; r < count; r++) new ReadOnlySpan<float>(Bias, columns).CopyTo(new(y + r * columns, columns));
        for (var at = 0; at < inputs; at += Inputs)
        {
            var some = Math.Min(Inputs, inputs - at);
            for (var r = 0; r < count; r++)
            {
                var own = values + r * Inputs * features;
                Harmonics<T>(X + (begin + r) * inputs + at, own, some);
                if (hasBase) Silu.Apply<T>(X + (begin + r) * inputs + at, own + coefficients * Inputs, some);
            }
            var weights = Weights + (long)at * terms * columns;
            if (isFast)
                for (var i = 0; i < some; i++)
                    for (var r = 0; r < count; r++) AddMagnitudes<T>(values + r * Inputs * features + i, weights + i * terms * columns, y + r * columns);
            else new RowProduct(Inputs * features, some, features, Inputs, columns).Add<T>(values, count, weights, y);
        }
        Storages.Store(Storage, new(y, count * columns), Y, begin * columns);
    }

    // 1, cos x, sin x, cos 2x, and so on, of inputs side by side.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Harmonics<T>(float* x, float* to, int count) where T : struct, ILanes<T>
    {
        var i = 0;
        for (; i <= count - T.Count; i += T.Count) Of<T>(x + i, to + i);
        for (; i < count; i++) Of<Lanes1>(x + i, to + i);
    }

    void Of<T>(float* x, float* to) where T : struct, ILanes<T>
    {
        var (sin, cos) = T.SinCos(T.Load(x) * T.Of(Frequency));
        T s = sin, c = cos;
        T.Of(1).Store(to);
        for (var k = 1; k < coefficients; k += 2)
        {
            c.Store(to + k * Inputs);
            s.Store(to + (k + 1) * Inputs);
            (s, c) = (s * cos + c * sin, c * cos - s * sin);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddMagnitudes<T>(float* values, float* weights, float* y) where T : struct, ILanes<T>
    {
        var c = 0;
        for (; c <= columns - T.Count; c += T.Count) AddMagnitude<T>(values, weights + c, y + c);
        for (; c < columns; c++) AddMagnitude<Lanes1>(values, weights + c, y + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void AddMagnitude<T>(float* values, float* weights, float* y) where T : struct, ILanes<T>
    {
        T z = T.Load(weights), one = T.Of(1), half = T.Of(0.5f);
        for (var k = 1; k < coefficients; k++)
        {
            weights += columns;
            z = T.MultiplyAdd(T.Of(values[k * Inputs]), T.Load(weights), z);
        }
        z = T.Min(one, T.Max(T.Of(-1), z));
        var difference = T.Sqrt((one + z) * half) - T.Sqrt((one - z) * half);
        var sum = T.MultiplyAdd(difference, T.Load(weights + columns), T.Load(y));
        if (hasBase) sum = T.MultiplyAdd(T.Of(values[coefficients * Inputs]), T.Load(weights + 2 * columns), sum);
        sum.Store(y);
    }
}
