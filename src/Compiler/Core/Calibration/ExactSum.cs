using System.Numerics;

namespace Onnxc.Calibration;

/// <summary>A sum of doubles without rounding, so that neither the order of terms nor how they are divided among machines matters.</summary>
public sealed class ExactSum
{
    // The sum is units · 2^exponent.
    BigInteger units;
    int exponent;

    /// <summary>The sum, rounded once.</summary>
    public double Value
    {
        get
        {
            // Enough leading bits for a double; the rest only has to say that it is there.
            var excess = (int)Math.Max(0, (long)BigInteger.Abs(units).GetBitLength() - 62);
            var leading = units >> excess;
            if (excess > 0 && leading << excess != units) leading |= 1;
            return Math.ScaleB((double)(long)leading, exponent + excess);
        }
    }

    /// <summary>Adds a finite number.</summary>
    public void Add(double term)
    {
        if (term == 0) return;
        var bits = BitConverter.DoubleToInt64Bits(term);
        var biased = (int)((bits >> 52) & 0x7FF);
        var mantissa = (bits & ((1L << 52) - 1)) | (biased == 0 ? 0 : 1L << 52);
        Add(bits < 0 ? -mantissa : mantissa, Math.Max(biased, 1) - 1075);
    }

    public void Add(ExactSum other) => Add(other.units, other.exponent);

    void Add(BigInteger terms, int at)
    {
        if (terms.IsZero) return;
        if (units.IsZero) (units, exponent) = (terms, at);
        else if (at >= exponent) units += terms << (at - exponent);
        else (units, exponent) = ((units << (exponent - at)) + terms, at);
    }

    /// <summary>The same for the same sum: <c>units</c> is odd or zero.</summary>
    public (byte[] Units, int Exponent) ToCanonical()
    {
        if (units.IsZero) return ([], 0);
        var zeros = (int)BigInteger.TrailingZeroCount(units);
        return ((units >> zeros).ToByteArray(), exponent + zeros);
    }

    public static ExactSum Of(ReadOnlySpan<byte> units, int exponent) => new() { units = new BigInteger(units), exponent = exponent };
}
