using MathNet.Numerics.LinearAlgebra;

namespace Onnxc.Passes.Quantization.Weights;

/// <summary>The factor of an inverse that error feedback walks along.</summary>
static class Inverse
{
    /// <summary>
    /// The upper triangle U with <c>H⁻¹ = Uᵀ·U</c> of a symmetric matrix, row major; null when it is not positive definite. With rows and columns in
    /// the opposite order, <c>H = L·Lᵀ</c>, and U is the inverse of L in the old order: the inverse of H itself is never needed.
    /// </summary>
    public static float[]? Factor(double[] matrix, int size)
    {
        if (Array.Exists(matrix, v => !double.IsFinite(v))) return null;
        double[] lower;
        try
        {
            // Reversing the whole of a symmetric matrix reverses both orders, and column major is row major.
            Array.Reverse(matrix);
            lower = Matrix<double>.Build.Dense(size, size, matrix).Cholesky().Factor.ToColumnMajorArray();
        }
        catch (ArgumentException)
        {
            return null;
        }
        var upper = new float[(long)size * size];
        Parallel.For(0, size, column =>
        {
            // L·z = unit vector, column by column; L has them behind each other.
            var z = new double[size];
            z[column] = 1;
            for (var j = column; j < size; j++)
            {
                z[j] /= lower[(long)j * size + j];
                var (times, from) = (z[j], (long)j * size);
                for (var i = j + 1; i < size; i++) z[i] -= lower[from + i] * times;
            }
            for (var i = column; i < size; i++) upper[(long)(size - 1 - i) * size + (size - 1 - column)] = (float)z[i];
        });
        return upper;
    }
}
