using MathNet.Numerics.LinearAlgebra;

namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// The nearest matrix of low rank, as a product of two thin ones, each with the roots of the singular values: what low-rank compensation adds back of an
/// error of quantization (Yao et al., LoRC, 2023).
/// </summary>
static class LowRank
{
    // Up to here all singular vectors are found; beyond, the first few by iterating on a subspace that is a little larger.
    const int Direct = 64, Oversampling = 8, Iterations = 8;

    /// <summary>Left [N, rank] and Right [rank, K] with <c>Left·Right ≈ matrix</c>; fewer columns when the matrix is smaller.</summary>
    public static (float[] Left, float[] Right, int Rank) Approximate(float[] matrix, int rows, int columns, int rank)
    {
        rank = Math.Min(rank, Math.Min(rows, columns));
        var a = new Rectangle(matrix, rows, columns);
        var (left, values, right) = Math.Min(rows, columns) <= Math.Max(Direct, rank + Oversampling) && Math.Max(rows, columns) <= 8 * Direct
            ? Decompose(a) : Iterate(a, rank + Oversampling);
        var (u, v) = (new float[rows * rank], new float[rank * columns]);
        for (var r = 0; r < rank; r++)
        {
            var root = Math.Sqrt(values[r]);
            for (var i = 0; i < rows; i++) u[i * rank + r] = (float)(left[r][i] * root);
            for (var j = 0; j < columns; j++) v[r * columns + j] = (float)(right[r][j] * root);
        }
        return (u, v, rank);
    }

    static (double[][] Left, double[] Values, double[][] Right) Decompose(Rectangle a)
    {
        var svd = Matrix<double>.Build.Dense(a.Rows, a.Columns, (i, j) => a.Values[i * a.Columns + j]).Svd();
        var count = svd.S.Count;
        return ([.. Enumerable.Range(0, count).Select(r => svd.U.Column(r).ToArray())], svd.S.ToArray(),
            [.. Enumerable.Range(0, count).Select(r => svd.VT.Row(r).ToArray())]);
    }

    static (double[][] Left, double[] Values, double[][] Right) Iterate(Rectangle a, int count)
    {
        count = Math.Min(count, Math.Min(a.Rows, a.Columns));
        // Always the same start, so that a model always becomes the same bytes.
        var random = new Random(1);
        var right = Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, a.Columns).Select(_ => random.NextDouble() - 0.5).ToArray()).ToArray();
        var left = a.Times(right);
        for (var i = 0; i < Iterations; i++)
        {
            Orthonormalize(left);
            right = a.TransposedTimes(left);
            Orthonormalize(right);
            left = a.Times(right);
        }
        Orthonormalize(left);
        // With A ≈ Q·B the small matrix B·Bᵀ has the squares of the singular values.
        right = a.TransposedTimes(left);
        var evd = Matrix<double>.Build.Dense(count, count, (i, j) => Dot(right[i], right[j])).Evd(Symmetricity.Symmetric);
        var order = Enumerable.Range(0, count).OrderByDescending(i => evd.EigenValues[i].Real).ToArray();
        var values = Array.ConvertAll(order, i => Math.Sqrt(Math.Max(0, evd.EigenValues[i].Real)));
        return (Array.ConvertAll(order, i => Combine(left, evd.EigenVectors.Column(i).ToArray(), 1)), values,
            [.. order.Select((i, place) => Combine(right, evd.EigenVectors.Column(i).ToArray(), values[place] == 0 ? 0 : 1 / values[place]))]);
    }

    static double[] Combine(double[][] vectors, double[] weights, double times)
    {
        var sum = new double[vectors[0].Length];
        for (var v = 0; v < vectors.Length; v++)
            for (var i = 0; i < sum.Length; i++) sum[i] += vectors[v][i] * weights[v] * times;
        return sum;
    }

    static void Orthonormalize(double[][] vectors)
    {
        for (var i = 0; i < vectors.Length; i++)
        {
            // Twice, or what was cancelled would leave the rest skew.
            for (var pass = 0; pass < 2; pass++)
                for (var j = 0; j < i; j++) Add(vectors[i], vectors[j], -Dot(vectors[i], vectors[j]));
            var length = Math.Sqrt(Dot(vectors[i], vectors[i]));
            for (var k = 0; k < vectors[i].Length; k++) vectors[i][k] = length == 0 ? 0 : vectors[i][k] / length;
        }
    }

    static void Add(double[] to, double[] vector, double times)
    {
        for (var i = 0; i < to.Length; i++) to[i] += vector[i] * times;
    }

    static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    sealed record Rectangle(float[] Values, int Rows, int Columns)
    {
        public double[][] Times(double[][] vectors)
        {
            var result = Array.ConvertAll(vectors, _ => new double[Rows]);
            Parallel.For(0, Rows, i =>
            {
                var row = Values.AsSpan(i * Columns, Columns);
                for (var v = 0; v < vectors.Length; v++)
                {
                    var sum = 0.0;
                    for (var j = 0; j < row.Length; j++) sum += row[j] * vectors[v][j];
                    result[v][i] = sum;
                }
            });
            return result;
        }

        public double[][] TransposedTimes(double[][] vectors)
        {
            var result = Array.ConvertAll(vectors, _ => new double[Columns]);
            Parallel.For(0, vectors.Length, v =>
            {
                for (var i = 0; i < Rows; i++)
                {
                    var row = Values.AsSpan(i * Columns, Columns);
                    var (times, sum) = (vectors[v][i], result[v]);
                    for (var j = 0; j < row.Length; j++) sum[j] += row[j] * times;
                }
            });
            return result;
        }
    }
}
