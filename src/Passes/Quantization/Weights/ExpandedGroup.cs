namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// A group of numbers in float8 (e4m3) whose range is spread over that of float8 first: <c>y = sign(x)·(|x|/c)^k</c>, <c>c</c> the geometric mean of the largest and the least
/// magnitude, and <c>k</c> so that what is left between them is what float8 has. Xi et al., COAT, 2024, section 4.
/// </summary>
/// <param name="Codes">Of y over <paramref name="Scale"/>.</param>
/// <param name="Scale">What the largest y over the largest float8 is.</param>
/// <param name="Exponent">k, a multiple of 1/16.</param>
/// <param name="Centre">c.</param>
public sealed record ExpandedGroup(IReadOnlyList<byte> Codes, float Scale, float Exponent, float Centre)
{
    /// <summary>Numbers that share what a group has, by itself.</summary>
    public const int Size = 128;

    // Octaves of the published target, 448²/2, and parts of an exponent.
    const double Steps = 16;
    static readonly double Octaves = Math.Log2((double)Codebook.E4m3.Largest * Codebook.E4m3.Largest / 2);

    /// <summary>Zeros stay zero and do not count for the range. Numbers must be finite.</summary>
    public static ExpandedGroup Encode(ReadOnlySpan<float> numbers)
    {
        var (least, most) = (double.PositiveInfinity, 0.0);
        foreach (var number in numbers)
        {
            if (!float.IsFinite(number)) throw new ArgumentException("numbers must be finite", nameof(numbers));
            if (number == 0) continue;
            (least, most) = (Math.Min(least, Math.Abs(number)), Math.Max(most, Math.Abs(number)));
        }
        // Magnitudes that are all the same have no range to spread.
        if (most == 0) (least, most) = (1, 1);
        var exponent = most == least ? 1 : (float)(Math.Max(1, Math.Floor(Steps * Octaves / Math.Log2(most / least))) / Steps);
        var centre = (float)Math.Sqrt(most * least);
        // A number so small that the mean of it and the largest is none is divided by the least one.
        if (centre == 0) centre = float.Epsilon;
        var scale = (float)(Math.Pow(most / centre, exponent) / Codebook.E4m3.Largest);
        var codes = new byte[numbers.Length];
        for (var i = 0; i < codes.Length; i++)
            codes[i] = Codebook.E4m3.Nearest((float)(Math.CopySign(Math.Pow(Math.Abs((double)numbers[i]) / centre, exponent), numbers[i]) / scale));
        return new(codes, scale, exponent, centre);
    }

    /// <summary>The numbers again, rounded.</summary>
    public float[] Decode()
    {
        var numbers = new float[Codes.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            var code = Codebook.E4m3.Value(Codes[i]);
            numbers[i] = (float)Math.CopySign(Math.Pow(Math.Abs((double)code) * Scale, 1.0 / Exponent) * Centre, code);
        }
        return numbers;
    }
}
