using System.Runtime.Intrinsics;

namespace Onnxc.Passes.Quantization.Weights;

/// <summary>How far the output of a product with quantized weights is off, in closed form from the second moments of its input.</summary>
static class OutputError
{
    /// <summary>
    /// The mean over the data of <c>|(W - Ŵ)·x|²</c>, which is <c>tr(E·H·Eᵀ)</c>, over at most <paramref name="rows"/> rows, evenly spread.
    /// </summary>
    /// <param name="read">Reads a row of weights as they became.</param>
    public static double Of(WeightMatrix weights, Action<int, float[]> read, double[] moments, int rows = int.MaxValue)
    {
        var sampled = Math.Min(rows, weights.Rows);
        var errors = new double[sampled];
        Parallel.For(0, sampled, i =>
        {
            var row = (int)((long)i * weights.Rows / sampled);
            var (before, after) = (new float[weights.Columns], new float[weights.Columns]);
            weights.ReadRow(row, before);
            read(row, after);
            var error = new double[weights.Columns];
            for (var j = 0; j < error.Length; j++) error[j] = (double)before[j] - after[j];
            errors[i] = Quadratic(error, moments, weights.Columns, 0);
        });
        return errors.Sum();
    }

    /// <summary><c>e·H·eᵀ</c> for a part of the columns.</summary>
    public static double Quadratic(ReadOnlySpan<double> error, double[] moments, int size, int first)
    {
        var sum = 0.0;
        for (var i = 0; i < error.Length; i++)
        {
            if (error[i] == 0) continue;
            var row = moments.AsSpan(checked((first + i) * size) + first, error.Length);
            sum += error[i] * Dot(error, row);
        }
        return sum;
    }

    static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        // Four lanes on every processor, so that sums are the same.
        var sums = Vector256<double>.Zero;
        var i = 0;
        for (; i <= a.Length - 4; i += 4) sums += Vector256.Create(a[i..]) * Vector256.Create(b[i..]);
        var sum = Vector256.Sum(sums);
        for (; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
