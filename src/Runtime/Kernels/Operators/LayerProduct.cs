using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>One product of a layer, divided by rows: a task has some of them, few enough for all that they need to stay in the nearest cache.</summary>
abstract unsafe class LayerProduct(long rows)
{
    /// <summary>Rows of a task, but for the last one.</summary>
    protected const int Rows = 32;

    public float* X { get; init; }
    public float* Weights { get; init; }
    public float* Bias { get; init; }
    public nint Y { get; init; }
    public Storage Storage { get; init; }

    public int Tasks => (int)((rows + Rows - 1) / Rows);

    public void Compute(int task)
    {
        var begin = (long)task * Rows;
        var count = (int)Math.Min(Rows, rows - begin);
        if (Width.Is512) Compute<Lanes512>(begin, count);
        else if (Width.Is256) Compute<Lanes256>(begin, count);
        else if (Width.Is128) Compute<Lanes128>(begin, count);
        else Compute<Lanes1>(begin, count);
    }

    /// <summary>Computes <paramref name="count"/> rows, the first of them at <paramref name="begin"/>.</summary>
    protected abstract void Compute<T>(long begin, int count) where T : struct, ILanes<T>;
}
