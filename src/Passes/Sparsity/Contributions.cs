using System.Numerics;
using System.Runtime.InteropServices;

namespace Onnxc.Passes.Sparsity;

/// <summary>
/// How much of a product's result is lost when small terms are left out: the cumulative errors of tail truncation (CETT) of Luo et al., Sparsing Law.
/// Rows are [rows, terms], weights [terms, columns].
/// </summary>
static class Contributions
{
    /// <summary>‖w‖₂ of the weights that each term is multiplied by.</summary>
    public static float[] Norms(ReadOnlySpan<float> weights, int terms)
    {
        var (norms, columns) = (new float[terms], terms == 0 ? 0 : weights.Length / terms);
        for (var i = 0; i < terms; i++)
        {
            var sum = 0.0;
            foreach (var weight in weights.Slice(i * columns, columns)) sum += (double)weight * weight;
            norms[i] = (float)Math.Sqrt(sum);
        }
        return norms;
    }

    /// <summary>
    /// For each of some growing bounds, the mean over rows of ‖Σ xᵢ·wᵢ over the terms left out‖ / ‖Σ xᵢ·wᵢ over all‖, where a term is left out if its
    /// size is at most the bound. A row whose result is zero loses nothing.
    /// </summary>
    public static double[] Cett(ReadOnlySpan<float> rows, ReadOnlySpan<float> sizes, ReadOnlySpan<float> weights, int terms, float[] bounds)
    {
        var (count, columns) = (rows.Length / terms, weights.Length / terms);
        var errors = new double[bounds.Length];
        // What is left out between one bound and the one before; what never is, last.
        var parts = new float[(bounds.Length + 1) * columns];
        var (lost, missing) = (new float[columns], new double[bounds.Length + 1]);
        for (var row = 0; row < count; row++)
        {
            Array.Clear(parts);
            for (var i = 0; i < terms; i++)
            {
                if (rows[row * terms + i] is var x && x == 0) continue;
                var bound = Array.BinarySearch(bounds, sizes[row * terms + i]);
                if (bound < 0) bound = ~bound;
                // Of equal bounds the first leaves it out.
                while (bound > 0 && bounds[bound - 1] >= sizes[row * terms + i]) bound--;
                AddScaled(parts.AsSpan(bound * columns, columns), weights.Slice(i * columns, columns), x);
            }
            Array.Clear(lost);
            for (var bound = 0; bound <= bounds.Length; bound++)
            {
                var sum = 0.0;
                for (var c = 0; c < columns; c++)
                {
                    lost[c] += parts[bound * columns + c];
                    sum += (double)lost[c] * lost[c];
                }
                missing[bound] = sum;
            }
            if (missing[^1] > 0)
                for (var bound = 0; bound < bounds.Length; bound++) errors[bound] += Math.Sqrt(missing[bound] / missing[^1]) / count;
        }
        return errors;
    }

    static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(target);
        var from = MemoryMarshal.Cast<float, Vector<float>>(source);
        for (var i = 0; i < wide.Length; i++) wide[i] += from[i] * factor;
        for (var i = wide.Length * Vector<float>.Count; i < target.Length; i++) target[i] += source[i] * factor;
    }
}
