using MathNet.Numerics.LinearAlgebra;

namespace Onnxc.Passes.Experts;

/// <summary>
/// W_e ≈ P·A_e for the experts of a group: the projection P they share, [inputs, rank], and what each one makes of it (MoLE). With a covariance C of the
/// inputs it is C^½·(W_e - P·A_e) that is small.
/// </summary>
sealed class SharedProjection
{
    readonly Subspace space;
    readonly Matrix<double>? root, inverse;

    SharedProjection(Subspace space, Matrix<double>? root, Matrix<double>? inverse) => (this.space, this.root, this.inverse) = (space, root, inverse);

    public Subspace Space => space;

    /// <param name="gram">Sum of W_e·W_eᵀ.</param>
    /// <param name="covariance">Mean of x·xᵀ, row major; null for the plain one.</param>
    public static SharedProjection Of(double[,] gram, double[]? covariance)
    {
        if (covariance is null) return new(Subspace.Of(gram), null, null);
        var size = gram.GetLength(0);
        var evd = Matrix<double>.Build.Dense(size, size, (i, j) => covariance[i * size + j]).Evd(Symmetricity.Symmetric);
        // Directions that the data hardly have keep a little weight, or their inverse would be noise.
        var least = evd.EigenValues.Max(v => v.Real) * 1e-6;
        var roots = evd.EigenValues.Select(v => Math.Sqrt(Math.Max(least, v.Real))).ToArray();
        Matrix<double> With(Func<double, double> f) => evd.EigenVectors * Matrix<double>.Build.DenseOfDiagonalArray([.. roots.Select(f)]) * evd.EigenVectors.Transpose();
        var (root, inverse) = (With(v => v), With(v => 1 / v));
        return new(Subspace.Of((root * Matrix<double>.Build.DenseOfArray(gram) * root).ToArray()), root, inverse);
    }

    /// <summary>P, [inputs, rank].</summary>
    public float[] Projection(int rank)
    {
        var size = space.Count;
        var result = new float[size * rank];
        for (var r = 0; r < rank; r++)
        {
            var direction = inverse is null ? space.Vector(r).ToArray() : (inverse * Vector<double>.Build.Dense(space.Vector(r).ToArray())).ToArray();
            for (var i = 0; i < size; i++) result[i * rank + r] = (float)direction[i];
        }
        return result;
    }

    /// <summary>A_e, [rank, columns].</summary>
    public float[] Of(float[] matrix, int columns, int rank)
    {
        var left = new double[rank][];
        for (var r = 0; r < rank; r++) left[r] = root is null ? space.Vector(r).ToArray() : (root * Vector<double>.Build.Dense(space.Vector(r).ToArray())).ToArray();
        return Subspace.Times(left, matrix, space.Count, columns);
    }
}
