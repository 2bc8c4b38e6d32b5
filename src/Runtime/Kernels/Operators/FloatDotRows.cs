using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Rows of floats.</summary>
sealed unsafe class FloatDotRows(float* x, float* weights, int length) : DotRows
{
    public override void Multiply(long row, int* places, float* products, int count) => WeightRows.Multiply(x + row * length, length, weights, length, places, products, count);
}
