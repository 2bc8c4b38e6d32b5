using Onnxc.IR;

namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// Integers with a zero point that need not be one, found without data: Badri and Shaji, Half-Quadratic Quantization, 2023. The p-norm of the error
/// with p &lt; 1, which forgives few large errors, is split into a proximal step and a mean.
/// </summary>
sealed class HalfQuadraticGrid(int bits, ElementType storage = ElementType.Float) : IntegerGrid(bits, symmetric: false, storage: storage)
{
    const int Iterations = 20;
    const double Norm = 0.7, Growth = 1.01;

    public override BlockScale Fit(ReadOnlySpan<float> weights, int column)
    {
        var (least, most) = Extent(weights);
        // All weights are the same: one code stands for them, and the scale is the weight itself.
        if (most == least) return new(FloatingType.Round(Storage, least), 0);
        var scale = FloatingType.Round(Storage, (float)((most - (double)least) / Last));
        if (scale == 0) return new(0, 0);
        var zero = FloatingType.Round(Storage, (float)Math.Round(-least / (double)scale));
        var best = new BlockScale(scale, zero);
        var bestError = double.PositiveInfinity;
        var beta = 10.0;
        Span<byte> codes = weights.Length <= 1024 ? stackalloc byte[weights.Length] : new byte[weights.Length];
        for (var i = 0; i < Iterations; i++)
        {
            var current = new BlockScale(scale, zero);
            Round(weights, current, codes);
            var (sum, error) = (0.0, 0.0);
            // Errors up to here shrink to nothing: most of them, and a power is slow.
            var leastKept = Math.Pow(beta, 1 / (Norm - 2));
            for (var j = 0; j < weights.Length; j++)
            {
                var rest = (double)weights[j] - Value(codes[j], current);
                sum += codes[j] - (weights[j] - (Math.Abs(rest) <= leastKept ? 0 : Shrink(rest, beta))) / scale;
                error += Math.Abs(rest);
            }
            if (error >= bestError) break;
            (best, bestError) = (current, error);
            zero = FloatingType.Round(Storage, (float)(sum / weights.Length));
            beta *= Growth;
        }
        return best;
    }

    static double Shrink(double value, double beta)
    {
        var size = Math.Abs(value);
        return Math.CopySign(Math.Max(0, size - Math.Pow(size, Norm - 1) / beta), value);
    }
}
