using System.Runtime.Intrinsics;
using MathNet.Numerics.LinearAlgebra;

namespace Onnxc.Passes.Experts;

/// <summary>
/// Directions that matrices of several experts have in common: eigenvectors of the sum of their Gram matrices, which are the singular vectors of all of
/// them stacked (Eckart and Young).
/// </summary>
sealed class Subspace
{
    readonly double[][] vectors;

    Subspace(double[][] vectors, double[] energies) => (this.vectors, Energies) = (vectors, energies);

    /// <summary>Squares of the singular values, the largest first.</summary>
    public IReadOnlyList<double> Energies { get; }

    public int Count => vectors.Length;

    public ReadOnlySpan<double> Vector(int index) => vectors[index];

    /// <summary>The eigenvectors of a symmetric matrix without negative eigenvalues.</summary>
    public static Subspace Of(double[,] gram)
    {
        var evd = Matrix<double>.Build.DenseOfArray(gram).Evd(Symmetricity.Symmetric);
        var order = Enumerable.Range(0, gram.GetLength(0)).OrderByDescending(i => evd.EigenValues[i].Real).ToArray();
        return new([.. order.Select(i => evd.EigenVectors.Column(i).ToArray())], [.. order.Select(i => Math.Max(0, evd.EigenValues[i].Real))]);
    }

    /// <summary>Share of the energy beyond the first <paramref name="rank"/> directions: the squared error of leaving them out.</summary>
    public double Lost(int rank)
    {
        var (lost, all) = (Energies.Skip(rank).Sum(), Energies.Sum());
        return all == 0 ? 0 : lost / all;
    }

    /// <summary>The smallest rank that keeps a share of the energy.</summary>
    public int RankFor(double energy)
    {
        var rank = 1;
        while (rank < Count && 1 - Lost(rank) < energy) rank++;
        return rank;
    }

    /// <summary>Adds W·Wᵀ to <paramref name="gram"/>.</summary>
    public static void AddRows(double[,] gram, float[] matrix, int rows, int columns) =>
        Parallel.For(0, rows, i =>
        {
            for (var j = 0; j <= i; j++)
            {
                var product = Dot(matrix.AsSpan(i * columns, columns), matrix.AsSpan(j * columns, columns));
                gram[i, j] += product;
                if (i != j) gram[j, i] += product;
            }
        });

    /// <summary>left·W, [rank, columns], for rows of <paramref name="left"/> of the length of W's columns.</summary>
    public static float[] Times(double[][] left, float[] matrix, int rows, int columns)
    {
        var result = new float[left.Length * columns];
        Parallel.For(0, left.Length, r =>
        {
            var sum = new double[columns];
            for (var i = 0; i < rows; i++) AddTimes(sum, matrix.AsSpan(i * columns, columns), left[r][i]);
            for (var j = 0; j < columns; j++) result[r * columns + j] = (float)sum[j];
        });
        return result;
    }

    public static float[] Transpose(float[] matrix, int rows, int columns)
    {
        var result = new float[matrix.Length];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j];
        return result;
    }

    // Eight sums whatever the processor's vectors, so that the result is the same on every one.
    static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sums = Vector512<double>.Zero;
        var i = 0;
        for (; i + 8 <= a.Length; i += 8) sums += Widen(a[i..]) * Widen(b[i..]);
        var sum = Vector512.Sum(sums);
        for (; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }

    static void AddTimes(Span<double> sum, ReadOnlySpan<float> row, double factor)
    {
        var i = 0;
        for (; i + 8 <= row.Length; i += 8) (Vector512.Create<double>(sum[i..]) + Widen(row[i..]) * factor).CopyTo(sum[i..]);
        for (; i < row.Length; i++) sum[i] += row[i] * factor;
    }

    static Vector512<double> Widen(ReadOnlySpan<float> numbers)
    {
        var (low, high) = Vector256.Widen(Vector256.Create(numbers));
        return Vector512.Create(low, high);
    }
}
