using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Sparsity;

/// <summary>Measures how sparse feed-forward blocks are on data, without a change of the model.</summary>
public static class SparsityAnalysis
{
    // Tokens of a chunk, as in CLS₈, and what DEFT adds to squares.
    const int Chunk = 8;
    const double DeftEpsilon = 1e-7;

    const int CurvePoints = 32;

    /// <summary>The blocks of the main graph, in its order. Fails when the samples cannot be run.</summary>
    /// <param name="tokens">Tokens to look at, at most.</param>
    /// <param name="threshold">The magnitude that <see cref="BlockSparsity.Above"/> counts from.</param>
    /// <param name="cett">The error at which neurons are idle for <see cref="BlockSparsity.TokenLevel"/> and <see cref="BlockSparsity.ChunkLevel"/>.</param>
    public static Result<IReadOnlyList<BlockSparsity>> Run(Model model, ICalibrator calibrator, int tokens, double threshold, double cett)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(calibrator);
        var blocks = FfnBlocks.In(model.Main).ToList();
        if (blocks.Count == 0) return Result<IReadOnlyList<BlockSparsity>>.Ok([]);
        IReadOnlyList<Value> values = [.. blocks.SelectMany(b => new[] { b.Active, b.Hidden }).Distinct()];
        // Where a sample has no eight rows there is nothing to say of chunks.
        foreach (var chunk in new[] { Chunk, 1 })
        {
            var seen = calibrator.Rows(model, values, tokens, chunk);
            if (!seen.IsOk) return Result<IReadOnlyList<BlockSparsity>>.Fail(seen.Diagnostics);
            var shown = blocks.Where(b => seen.Value.GetValueOrDefault(b.Active)?.Length > 0 && seen.Value.GetValueOrDefault(b.Hidden) is { Length: > 0 } hidden && hidden.Length % b.Neurons == 0).ToList();
            if (shown.Count > 0) return Result<IReadOnlyList<BlockSparsity>>.Ok([.. shown.Select(b => Of(b, seen.Value[b.Active], seen.Value[b.Hidden], threshold, cett, chunk))]);
        }
        return Result<IReadOnlyList<BlockSparsity>>.Ok([]);
    }

    static BlockSparsity Of(FfnBlock block, float[] active, float[] hidden, double threshold, double cett, int chunk)
    {
        var (neurons, weights) = (block.Neurons, SparseSite.RowsByTerm(block.Down));
        var norms = Contributions.Norms(weights, neurons);
        var sizes = new float[hidden.Length];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = Math.Abs(hidden[i]) * norms[i % neurons];
        var curve = new ErrorCurve(hidden, sizes, weights, neurons);
        var bound = curve.BoundFor(cett);
        return new()
        {
            Name = block.Down.Node.DisplayName,
            IsGated = block.Factor is not null,
            Neurons = neurons,
            Tokens = hidden.Length / neurons,
            Density = Share(active, o => o != 0),
            Surrogate = active.Average(Deft),
            Above = Share(active, o => Math.Abs(o) > threshold),
            Curve = [.. Enumerable.Range(0, CurvePoints + 1).Select(i => ((double)i / CurvePoints, curve.Error((double)i / CurvePoints)))],
            TokenLevel = curve.ShareBelow(bound),
            ChunkLevel = chunk == Chunk ? ChunkLevel(sizes, neurons, bound, chunk) : double.NaN,
            MassiveRatio = MassiveRatio(hidden),
        };
    }

    /// <summary>The surrogate of density that DEFT trains with, of one number.</summary>
    internal static double Deft(float o) => (double)o * o / ((double)o * o + DeftEpsilon);

    /// <summary>The mean over whole chunks of rows of the share of neurons whose size is at most the bound in every row.</summary>
    internal static double ChunkLevel(ReadOnlySpan<float> sizes, int neurons, float bound, int chunk)
    {
        var (chunks, idle) = (sizes.Length / neurons / chunk, 0L);
        for (var c = 0; c < chunks; c++)
            for (var i = 0; i < neurons; i++)
            {
                var row = 0;
                while (row < chunk && sizes[(c * chunk + row) * neurons + i] <= bound) row++;
                if (row == chunk) idle++;
            }
        return chunks == 0 ? 0 : (double)idle / chunks / neurons;
    }

    static double MassiveRatio(float[] numbers)
    {
        var sizes = Array.FindAll(Array.ConvertAll(numbers, Math.Abs), s => s > 0);
        if (sizes.Length == 0) return 0;
        Array.Sort(sizes);
        return sizes[^1] / (double)sizes[sizes.Length / 2];
    }

    static double Share(float[] numbers, Predicate<float> counts) => (double)numbers.Count(n => counts(n)) / numbers.Length;
}
