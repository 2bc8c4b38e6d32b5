using System.Numerics;
using System.Runtime.InteropServices;

namespace Onnxc.Passes.Quantization.Weights;

/// <summary>Numbers that a block of weights can have, up to a scale, and which of them stands for which weight.</summary>
abstract class WeightGrid
{
    /// <summary>Bits of a code: 2, 4 or 8.</summary>
    public abstract int Bits { get; }

    /// <summary>True when codes need a zero point of their own beside the scale.</summary>
    public virtual bool HasZero => false;

    /// <summary>Scale of a block whose first weight lies in <paramref name="column"/>.</summary>
    public abstract BlockScale Fit(ReadOnlySpan<float> weights, int column);

    public abstract void Round(ReadOnlySpan<float> weights, BlockScale scale, Span<byte> codes);

    public abstract float Value(byte code, BlockScale scale);

    public byte Round(float weight, BlockScale scale)
    {
        byte code = 0;
        Round(new ReadOnlySpan<float>(in weight), scale, new Span<byte>(ref code));
        return code;
    }

    /// <summary>Sum of the squared errors of a block.</summary>
    public double SquaredError(ReadOnlySpan<float> weights, BlockScale scale)
    {
        Span<byte> codes = weights.Length <= 1024 ? stackalloc byte[weights.Length] : new byte[weights.Length];
        Round(weights, scale, codes);
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            var error = (double)weights[i] - Value(codes[i], scale);
            sum += error * error;
        }
        return sum;
    }

    /// <summary>The least and the greatest of some weights.</summary>
    public static (float Least, float Most) Extent(ReadOnlySpan<float> weights)
    {
        var (least, most) = (float.MaxValue, float.MinValue);
        if (weights.Length >= Vector<float>.Count)
        {
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(weights);
            var (low, high) = (vectors[0], vectors[0]);
            foreach (var vector in vectors) (low, high) = (Vector.Min(low, vector), Vector.Max(high, vector));
            for (var i = 0; i < Vector<float>.Count; i++) (least, most) = (Math.Min(least, low[i]), Math.Max(most, high[i]));
            weights = weights[(vectors.Length * Vector<float>.Count)..];
        }
        foreach (var weight in weights) (least, most) = (Math.Min(least, weight), Math.Max(most, weight));
        return (least, most);
    }

    public static float Largest(ReadOnlySpan<float> weights)
    {
        var (least, most) = Extent(weights);
        return Math.Max(Math.Abs(least), Math.Abs(most));
    }
}
