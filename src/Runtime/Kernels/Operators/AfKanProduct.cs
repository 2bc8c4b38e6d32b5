using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>One product of a layer of AF-KAN; a task has some rows.</summary>
sealed unsafe class AfKanProduct(AfKanFunctions functions, long rows, int inputs, int columns) : LayerProduct(rows)
{
    public float* Scale { get; init; }
    public float* Shift { get; init; }
    public bool Attends { get; init; }
    public float Offset { get; init; }
    public bool Normalizes { get; init; }
    public float Epsilon { get; init; }

    protected override void Compute<T>(long begin, int count)
    {
        using var room = new RentedBuffer<float>((long)count * inputs + inputs + (long)count * columns);
        float* hidden = room.Start, scores = hidden + count * inputs, y = scores + inputs;
        for (var r = 0; r < count; r++)
        {
            var own = hidden + r * inputs;
            functions.Sum<T>(X + (begin + r) * inputs, inputs, own, scores);
            if (Attends) Attend<T>(own, scores);
            else for (var i = 0; i < inputs; i++) own[i] = scores[i] + Offset;
            if (Normalizes) RowNormalization.Apply<T>(own, own, inputs, Scale, Shift, Epsilon);
            else for (var i = 0; i < inputs; i++) own[i] = own[i] * Scale[i] + Shift[i];
            functions.Bend<T>(own, inputs);
            new ReadOnlySpan<float>(Bias, columns).CopyTo(new(y + r * columns, columns));
        }
        new RowProduct(inputs, 1, inputs, 1, columns).Add<T>(hidden, count, Weights, y);
        Storages.Store(Storage, new(y, count * columns), Y, begin * columns);
    }

    // Sums times the softmax of the scores over the inputs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Attend<T>(float* sums, float* scores) where T : struct, ILanes<T>
    {
        var most = Most<T>(scores);
        var i = 0;
        for (; i <= inputs - T.Count; i += T.Count) Exponential.Of(T.Load(scores + i) - T.Of(most)).Store(scores + i);
        for (; i < inputs; i++) Exponential.Of(Lanes1.Load(scores + i) - Lanes1.Of(most)).Store(scores + i);
        var share = (float)(1 / Sums.Of(scores, inputs));
        for (i = 0; i <= inputs - T.Count; i += T.Count) (T.Load(sums + i) * T.Load(scores + i) * T.Of(share)).Store(sums + i);
        for (; i < inputs; i++) sums[i] = sums[i] * scores[i] * share;
    }

    float Most<T>(float* numbers) where T : struct, ILanes<T>
    {
        var (i, most) = (0, numbers[0]);
        if (inputs >= T.Count)
        {
            var lanes = stackalloc float[T.Count];
            var largest = T.Load(numbers);
            for (i = T.Count; i <= inputs - T.Count; i += T.Count) largest = T.Max(T.Load(numbers + i), largest);
            largest.Store(lanes);
            for (var j = 0; j < T.Count; j++) most = Math.Max(most, lanes[j]);
        }
        for (; i < inputs; i++) most = Math.Max(most, numbers[i]);
        return most;
    }
}
