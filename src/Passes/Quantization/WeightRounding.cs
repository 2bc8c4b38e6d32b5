using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Quantization;

/// <summary>Rounds the weights of sites that have the same input, by the method that was asked for.</summary>
static class WeightRounding
{
    /// <summary>What is known of an input: the mean of x·xᵀ, and the mean magnitude of each channel.</summary>
    public sealed record Knowledge(double[] Moments, double[]? Magnitudes);

    /// <summary>The same factors of the input for all sites; null where none help.</summary>
    public static float[]? Scales(Quantize.Options options, IReadOnlyList<WeightSite> sites, Knowledge? known) =>
        options.Method == WeightMethod.Awq && known?.Magnitudes is { } magnitudes
            ? ActivationScales.Search([.. sites.DistinctBy(s => s.Weight).Select(s => s.Matrix)], options.Extent(), options.Grid(sites[0].Data.Element), magnitudes, known.Moments)
            : null;

    /// <summary>The rounded weights of a site; null when one of them is not finite.</summary>
    public static QuantizedWeight? Round(Quantize.Options options, WeightSite site, Knowledge? known, float[]? scales)
    {
        var original = options.Form == WeightForm.Portable ? new WeightMatrix(site.Data, site.IsTransposed) : site.Matrix;
        var matrix = scales is null ? original : original.With(scales);
        var moments = known is null || scales is null ? known?.Moments : ActivationScales.Divide(known.Moments, scales);
        if (Grid(options, matrix, site.Data.Element) is not { } grid) return null;
        // A block of a whole row would take as long as rounding the matrix thousands of times.
        if (options.Method == WeightMethod.Awq && moments is not null && options.Extent() != 0) grid = new ClippedGrid(grid, moments, matrix.Columns);
        var rounded = options.Method == WeightMethod.Gptq && moments is not null
            ? ErrorFeedback.Run(matrix, options.Extent(), grid, moments)
            : BlockQuantizer.Run(matrix, options.Extent(), grid);
        if (rounded is null) return null;
        return new(rounded, scales is null ? null : Array.ConvertAll(scales, s => 1 / s),
            options.LowRank == 0 ? null : Compensate(original, rounded, scales, options.LowRank));
    }

    static WeightGrid? Grid(Quantize.Options options, WeightMatrix matrix, ElementType storage)
    {
        var grid = options.Grid(storage);
        if (options.PerTensor && BlockQuantizer.Common(matrix, grid) is var common)
        {
            if (common is null) return null;
            grid = common;
        }
        if (options.PowerOfTwo == PowerOfTwo.None) return grid;
        var reference = options.PowerOfTwo == PowerOfTwo.M1 ? 1 : BlockQuantizer.LargestScale(matrix, options.Extent(), grid);
        return reference == 0 ? grid : new PowerOfTwoGrid(grid, reference, storage);
    }

    static (float[] First, float[] Second, int Rank) Compensate(WeightMatrix original, QuantizedMatrix rounded, float[]? scales, int rank)
    {
        var (rows, columns) = (original.Rows, original.Columns);
        var error = original.ReadAll();
        Parallel.For(0, rows, row =>
        {
            var values = new float[columns];
            rounded.ReadRow(row, values);
            for (var j = 0; j < columns; j++) error[row * columns + j] -= scales is null ? values[j] : values[j] / scales[j];
        });
        var (left, right, count) = LowRank.Approximate(error, rows, columns, rank);
        return (Transpose(right, count, columns), Transpose(left, rows, count), count);
    }

    static float[] Transpose(float[] values, int rows, int columns)
    {
        var transposed = new float[values.Length];
        for (var i = 0; i < values.Length; i++) transposed[i % columns * rows + i / columns] = values[i];
        return transposed;
    }
}
