using Onnxc.IR;

namespace Onnxc.Passes.Quantization.Weights;

/// <summary>The numbers of a codebook times the scale of the block.</summary>
/// <param name="searched">The scale is searched for by the squared error; otherwise the largest weight becomes the largest number.</param>
sealed class CodebookGrid(Codebook book, ElementType storage = ElementType.Float, bool searched = false) : WeightGrid
{
    // Shares of the largest weight that are tried: below half of it clipping costs more than what finer steps gain.
    const int Steps = 20;

    public override int Bits => book.Bits;

    public Codebook Book => book;

    public override BlockScale Fit(ReadOnlySpan<float> weights, int column)
    {
        var largest = Largest(weights) / book.Largest;
        var best = new BlockScale(FloatingType.Round(storage, largest), 0);
        if (!searched) return best;
        var least = SquaredError(weights, best);
        for (var i = 1; i <= Steps / 2; i++)
        {
            var candidate = new BlockScale(FloatingType.Round(storage, largest * (1 - (float)i / Steps)), 0);
            var error = SquaredError(weights, candidate);
            if (error < least) (least, best) = (error, candidate);
        }
        return best;
    }

    public override void Round(ReadOnlySpan<float> weights, BlockScale scale, Span<byte> codes)
    {
        if (scale.Scale == 0) codes.Clear();
        else
            for (var i = 0; i < weights.Length; i++) codes[i] = book.Nearest(weights[i] / scale.Scale);
    }

    public override float Value(byte code, BlockScale scale) => book.Value(code) * scale.Scale;
}
