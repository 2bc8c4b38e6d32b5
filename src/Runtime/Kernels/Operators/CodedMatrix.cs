namespace Onnxc.Kernels;

/// <summary>Codes of weights and what they stand for: a weight is (code - zero)·scale, with both for a block of codes.</summary>
sealed unsafe class CodedMatrix
{
    public required int Bits { get; init; }

    public required byte* Codes { get; init; }

    /// <summary>Codes of a block, and blocks of an axis.</summary>
    public required int Block { get; init; }

    public required int Blocks { get; init; }

    public required float* Scales { get; init; }

    /// <summary>Zeros like scales; null where one is that of all.</summary>
    public required float* Zeros { get; init; }

    public required float Zero { get; init; }

    /// <summary>Of inputs of a node: codes, then scales, then zeros.</summary>
    public static CodedMatrix Of(KernelCall call, int codes, int bits, int block, int blocks)
    {
        long[] scales = call.Shape(codes + 1), zeros = call.Shape(codes + 2);
        var isOne = zeros.Length == 0 || (zeros.Length == 1 && zeros[0] == 1);
        if (!isOne && !zeros.AsSpan().SequenceEqual(scales)) throw call.Wrong("`zeros`", zeros, $"there is one, or one for each of the scales of the shape {KernelCall.Text(scales)}");
        var numbers = call.Floats(codes + 2);
        return new()
        {
            Bits = bits,
            Codes = call.Bytes(codes),
            Block = block,
            Blocks = blocks,
            Scales = call.Floats(codes + 1),
            Zeros = isOne ? null : numbers,
            Zero = isOne ? *numbers : 0,
        };
    }

    /// <summary>The number of bits that an attribute states.</summary>
    public static int BitsOf(Attributes attributes)
    {
        var bits = attributes.Int("bits", 4);
        return bits is 4 or 8 ? (int)bits : throw attributes.Wrong("bits", bits, "must be 4 or 8");
    }

    /// <summary>The rows of a block that an attribute states.</summary>
    public static int BlockOf(Attributes attributes)
    {
        var block = attributes.Int("block", 32);
        return block is > 0 and <= int.MaxValue ? (int)block : throw attributes.Wrong("block", block, "must be above 0");
    }
}
