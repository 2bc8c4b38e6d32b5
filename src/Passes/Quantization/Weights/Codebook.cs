namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// Numbers of a type of few bits, from its magnitudes in ascending order: the highest bit of a code is the sign, the others number the magnitude, as
/// in every small float.
/// </summary>
sealed class Codebook
{
    // A float's exponent and first bits of mantissa, which leave few borders to look at.
    const int KeyShift = 19;

    readonly float[] magnitudes, borders;

    // For each key the number of borders below all floats that have it.
    readonly byte[] starts = new byte[1 << (31 - KeyShift)];


    Codebook(int bits, IEnumerable<double> magnitudes)
    {
        Bits = bits;
        this.magnitudes = [.. magnitudes.Select(m => (float)m)];
        borders = [.. this.magnitudes.Skip(1).Select((m, i) => (m + this.magnitudes[i]) / 2)];
        for (var key = 0; key < starts.Length; key++)
        {
            var least = BitConverter.Int32BitsToSingle(key << KeyShift);
            starts[key] = (byte)borders.Count(b => b < least || float.IsNaN(least));
        }
    }

    /// <summary>Float8 with 4 bits of exponent and 3 of mantissa; the highest code of each sign is NaN, and never used.</summary>
    public static Codebook E4m3 { get; } = new(8, SmallFloats(mantissa: 3, bias: 7, count: 127));

    /// <summary>Float8 with 5 bits of exponent and 2 of mantissa; its infinities and NaNs are never used.</summary>
    public static Codebook E5m2 { get; } = new(8, SmallFloats(mantissa: 2, bias: 15, count: 124));

    /// <summary>Float4 with 2 bits of exponent and 1 of mantissa (OCP MX, section 5.3.3).</summary>
    public static Codebook E2m1 { get; } = new(4, SmallFloats(mantissa: 1, bias: 1, count: 8));

    /// <summary>Zero, and powers of the square root of two from 1 down to 1/8 (POST).</summary>
    public static Codebook Post { get; } = new(4, Enumerable.Range(0, 8).Select(i => i == 0 ? 0 : Math.Pow(2, (i - 7) / 2.0)));

    public int Bits { get; }

    /// <summary>The largest number.</summary>
    public float Largest => magnitudes[^1];

    /// <summary>The number of every code; 0 for codes that stand for none.</summary>
    public float[] Table
    {
        get
        {
            var table = new float[1 << Bits];
            for (var i = 0; i < magnitudes.Length; i++) (table[i], table[i + table.Length / 2]) = (magnitudes[i], -magnitudes[i]);
            return table;
        }
    }

    public float Value(byte code)
    {
        var sign = 1 << (Bits - 1);
        var magnitude = magnitudes[code & (sign - 1)];
        return (code & sign) == 0 ? magnitude : -magnitude;
    }

    /// <summary>Code of the nearest number, of the even one half way between two; what is too large becomes the largest.</summary>
    public byte Nearest(float value)
    {
        var magnitude = Math.Abs(value);
        int index = starts[BitConverter.SingleToInt32Bits(magnitude) >> KeyShift];
        while (index < borders.Length && (magnitude > borders[index] || (magnitude == borders[index] && index % 2 == 1))) index++;
        return (byte)(index | (float.IsNegative(value) ? 1 << (Bits - 1) : 0));
    }

    static IEnumerable<double> SmallFloats(int mantissa, int bias, int count)
    {
        for (var code = 0; code < count; code++)
        {
            var (exponent, fraction) = (code >> mantissa, (double)(code & ((1 << mantissa) - 1)) / (1 << mantissa));
            yield return exponent == 0 ? Math.ScaleB(fraction, 1 - bias) : Math.ScaleB(1 + fraction, exponent - bias);
        }
    }
}
