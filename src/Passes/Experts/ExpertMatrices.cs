using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>Numbers of a stack of matrices, expert by expert.</summary>
sealed class ExpertMatrices
{
    readonly float[][] parts;

    public ExpertMatrices(TensorData stack)
    {
        (Rows, Columns) = ((int)stack.Dims[1], (int)stack.Dims[2]);
        var size = Rows * Columns * stack.Element.BitWidth() / 8;
        parts = new float[stack.Dims[0]][];
        for (var e = 0; e < parts.Length; e++) FloatingType.Read(stack.Element, stack.Slice((long)e * size, size), parts[e] = new float[Rows * Columns]);
    }

    public int Rows { get; }

    public int Columns { get; }

    public float[] this[int expert] => parts[expert];

    /// <summary>Sum over experts of W·Wᵀ.</summary>
    public void AddRows(double[,] gram, IEnumerable<int> experts)
    {
        foreach (var e in experts) Subspace.AddRows(gram, parts[e], Rows, Columns);
    }

    /// <summary>Sum over experts of Wᵀ·W.</summary>
    public void AddColumns(double[,] gram, IEnumerable<int> experts)
    {
        foreach (var e in experts) Subspace.AddRows(gram, Subspace.Transpose(parts[e], Rows, Columns), Columns, Rows);
    }

    /// <summary>Every matrix by itself becomes the nearest of rank <paramref name="rank"/>.</summary>
    public void Truncate(int rank)
    {
        for (var e = 0; e < parts.Length; e++)
        {
            if (rank >= Math.Min(Rows, Columns)) return;
            var (left, right, count) = Quantization.Weights.LowRank.Approximate(parts[e], Rows, Columns, rank);
            var factors = Enumerable.Range(0, Rows).Select(i => Enumerable.Range(0, count).Select(r => (double)left[i * count + r]).ToArray()).ToArray();
            parts[e] = Subspace.Times(factors, right, count, Columns);
        }
    }
}
