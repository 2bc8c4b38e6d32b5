using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Sparsity;

/// <summary>A product that can leave out rows of its weights: by what it multiplies, or, with <paramref name="Up"/>, by the gate of its block.</summary>
/// <param name="Product">The product; the last one of a block.</param>
/// <param name="Block">The feed-forward block; null where any product is meant.</param>
/// <param name="Up">The product whose rows are left out with those of the last one; null when the gate does not decide.</param>
sealed record SparseSite(WeightSite Product, FfnBlock? Block, WeightSite? Up)
{
    /// <summary>What decides instead of the block's activation: a number for each neuron, or for each of as many groups of them.</summary>
    public Value? Gate { get; init; }

    /// <summary>True when SiLU stands behind <see cref="Up"/>.</summary>
    public bool Silu { get; init; }

    /// <summary>What is compared with thresholds.</summary>
    public Value Decides => Up is null ? Product.Input : Gate ?? Block!.Active;

    public int Terms => Product.Reduced;

    /// <summary>Weights of which rows are left out.</summary>
    public double Weights => (double)Product.Data.ElementCount * (Up is null ? 1 : 2);

    /// <summary>The weights of the product, a row for each term.</summary>
    public static float[] RowsByTerm(WeightSite site)
    {
        if (!site.IsTransposed) return Transposed(site.Matrix.ReadAll(), site.Channels, site.Reduced);
        var rows = new float[site.Data.ElementCount];
        FloatingType.Read(site.Data.Element, site.Data.Bytes, rows);
        if (site.Alpha != 1)
            for (var i = 0; i < rows.Length; i++) rows[i] *= site.Alpha;
        return rows;
    }

    static float[] Transposed(float[] from, int rows, int columns)
    {
        var to = new float[from.Length];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
        return to;
    }
}
