using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Rows of floats.</summary>
sealed unsafe class FloatSumRows(float* weights, int columns) : SumRows
{
    public override void Add(float* y, int first, int width, int* places, float* factors, int count) =>
        WeightRows.Add(y, width, weights + first, columns, places, factors, count);

    public override float* Rows(int term, int terms, int first, int width, float* buffer, out long pitch)
    {
        pitch = columns;
        return weights + (long)term * columns + first;
    }
}
