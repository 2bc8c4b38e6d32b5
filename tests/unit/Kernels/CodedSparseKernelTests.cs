using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Sparse products with weights of 4 and 8 bits. Function and kernel sum in different orders, so they agree within 1e-6 of the magnitudes of the terms.</summary>
public sealed class CodedSparseKernelTests
{
    static readonly ElementType[] Elements = [ElementType.Float, ElementType.Float16, ElementType.BFloat16];
    static readonly long[][] Rows = [[], [1], [2, 3], [0], [17]];

    static TensorData Normal(SplitMix random, ElementType element, params long[] dims) =>
        TensorNumbers.Pack(element, dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => random.Normal())]);

    static TensorData Codes(SplitMix random, params long[] dims) =>
        TensorData.Of<byte>(ElementType.UInt8, dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => (byte)random.Next())]);

    /// <summary>Zeros of their own for every block, or the middle for all.</summary>
    static TensorData Zeros(SplitMix random, ElementType element, int bits, bool own, params long[] dims) =>
        own ? TensorNumbers.Pack(element, dims, [.. Enumerable.Range(0, (int)(dims[0] * dims[1])).Select(_ => (double)((int)random.Next() & (1 << bits) - 1))]) : TensorNumbers.Pack(element, [], [1 << (bits - 1)]);

    static long Blocks(long extent, long block) => (extent + block - 1) / block;

    /// <summary>Rows of 4 bits, of which the second is idle: codes 1 to 4, 8 being zero, with scales 1 and 2 for columns.</summary>
    [Fact]
    public void A_product_reads_codes_with_the_low_bits_first()
    {
        TensorData[] inputs =
        [
            Floats([3], 1, 0.5f, -2), TensorData.Of<byte>(ElementType.UInt8, [3, 1], [0x9A, 0xFF, 0x70]), Floats([2, 2], 1, 2, 10, 20), Floats([], 8), Floats([], 0.5f),
        ];
        // The third row is the first of another block.
        Assert.Equal([2f + -2 * -8 * 10, 2f * 1 + -2 * -1 * 20], Result("MaskedGemvNBits", inputs, ("bits", 4L), ("block", 2L)));
    }

    [Fact]
    public void Every_block_may_have_a_zero_of_its_own()
    {
        TensorData[] inputs =
        [
            Floats([1, 2], 1, 3), TensorData.Of<byte>(ElementType.UInt8, [2, 2], [10, 200, 4, 0]), Floats([2, 2], 1, 0.5f, 2, 1), Floats([2, 2], 10, 100, 1, 5), Floats([], 0),
        ];
        Assert.Equal([3f * 3 * 2, 50 + 3 * -5f], Result("MaskedGemvNBits", inputs, ("bits", 8L), ("block", 1L)));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Masked_products_agree_for_all_shapes_and_types(int bits)
    {
        var random = new SplitMix(47);
        foreach (var element in Elements)
            foreach (var (terms, columns, block) in new[] { (1, 1, 32), (7, 3, 4), (64, 16, 16), (100, 33, 32), (257, 130, 64), (520, 65, 128), (33, 1100, 1000) })
                foreach (var rows in Rows)
                    foreach (var (threshold, own) in new[] { (0.5, false), (-1, true), (9, false) })
                    {
                        TensorData[] inputs =
                        [
                            Normal(random, element, [.. rows, terms]), Codes(random, terms, (columns * bits + 7) / 8), Normal(random, element, Blocks(terms, block), columns),
                            Zeros(random, element, bits, own, Blocks(terms, block), columns), TensorNumbers.Pack(element, [], [threshold]),
                        ];
                        AssertAgree("MaskedGemvNBits", inputs, (double)terms * (1 << bits), rows.Length == 0 ? [17, 18, 21, 25] : [21], ("bits", bits), ("block", block));
                    }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Gated_blocks_agree_for_all_shapes_and_types(int bits)
    {
        var random = new SplitMix(53);
        foreach (var element in Elements)
            foreach (var (width, gates, group, columns, across, block) in new[] { (1, 1, 1, 1, 16, 32), (7, 5, 1, 3, 16, 4), (64, 300, 1, 16, 32, 32), (33, 6, 50, 20, 32, 16), (40, 3, 300, 7, 16, 1000), (130, 64, 1, 600, 128, 128) })
                foreach (var rows in Rows)
                    foreach (var own in new[] { false, true })
                    {
                        var neurons = gates * group;
                        TensorData[] inputs =
                        [
                            Normal(random, element, [.. rows, width]), Normal(random, element, [.. rows, gates]),
                            Codes(random, neurons, Blocks(width, across), across * bits / 8), Scaled(Normal(random, ElementType.Float, neurons, Blocks(width, across)), element, 1.0 / (1 << bits)), Zeros(random, element, bits, own, neurons, Blocks(width, across)),
                            Codes(random, neurons, (columns * bits + 7) / 8), Scaled(Normal(random, ElementType.Float, Blocks(neurons, block), columns), element, 1.0 / (1 << bits)), Zeros(random, element, bits, own, Blocks(neurons, block), columns),
                            TensorNumbers.Pack(element, [], [0.3]),
                        ];
                        AssertAgree("SparseGatedFfnNBits", inputs, 20.0 * neurons * width, rows.Length == 0 ? [17, 18, 21, 25] : [21], ("bits", bits), ("block", block), ("silu", (long)(group > 1 ? 1 : 0)));
                    }
    }

    static TensorData Scaled(TensorData data, ElementType element, double factor) => TensorNumbers.Pack(element, data.Dims.AsSpan(), [.. TensorNumbers.Read(data).Select(v => v * factor)]);

    static void AssertAgree(string op, TensorData[] inputs, double magnitude, long[] opsets, params (string Name, AttributeValue Value)[] attributes)
    {
        var step = inputs[0].Element switch { ElementType.Float16 => 1 / 1024.0, ElementType.BFloat16 => 1 / 128.0, _ => 0 };
        foreach (var opset in opsets)
        {
            var model = ModelOf(op, inputs, opset, attributes);
            var (expected, actual) = (Run(model, inputs, Body), Run(model, inputs, Kernel with { Threads = 2 }));
            Assert.Equal(expected.Dims, actual.Dims);
            foreach (var (a, b) in TensorNumbers.Read(expected).Zip(TensorNumbers.Read(actual)))
                Assert.True(a.Equals(b) || Math.Abs(a - b) <= 1e-6 * magnitude + step * Math.Abs(a), $"{op}: {a:R} and {b:R} of {string.Join(", ", inputs.Select(i => i.Type))}");
        }
    }

    [Theory]
    [InlineData("codes", "`codes` has the shape [4], but must be a matrix")]
    [InlineData("x", "`x` has the shape [2, 5], but its last axis must be the first of `codes` of the shape [4, 3]")]
    [InlineData("scales", "`scales` has the shape [3, 6], but it has a row for each 2 of `codes` of the shape [4, 3]")]
    [InlineData("columns", "`codes` has the shape [4, 3], but a row holds as many codes of 4 bits as `scales` of the shape [2, 7]")]
    [InlineData("zeros", "`zeros` has the shape [3], but there is one, or one for each of the scales of the shape [2, 6]")]
    public void Shapes_of_a_masked_product_that_do_not_fit_are_named(string input, string message)
    {
        TensorData[] inputs = [Floats([2, 4], new float[8]), TensorData.Of<byte>(ElementType.UInt8, [4, 3], new byte[12]), Floats([2, 6], new float[12]), Floats([], 8), Floats([], 0)];
        if (input == "codes") inputs[1] = TensorData.Of<byte>(ElementType.UInt8, [4], new byte[4]);
        if (input == "x") inputs[0] = Floats([2, 5], new float[10]);
        if (input == "scales") inputs[2] = Floats([3, 6], new float[18]);
        if (input == "columns") inputs[2] = Floats([2, 7], new float[14]);
        if (input == "zeros") inputs[3] = Floats([3], new float[3]);
        var error = Error(ModelOf("MaskedGemvNBits", inputs, 21, ("block", 2L)), inputs, Kernel);
        Assert.Contains("ai.onnxc.MaskedGemvNBits", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up_codes", "`up_codes` has the shape [6, 4], but must be [F, blocks, bytes of a block]")]
    [InlineData("up_scales", "`up_scales` has the shape [6, 2], but there is one for each block of `up_codes` of the shape [6, 1, 8]")]
    [InlineData("x", "`x` has the shape [2, 17], but the blocks of `up_codes` of the shape [6, 1, 8] must cover its last axis")]
    [InlineData("down_codes", "`down_codes` has the shape [5, 2], but it has a row for each of `up_codes` of the shape [6, 1, 8]")]
    [InlineData("gate", "`gate` has the shape [2, 4], but its last axis must divide the rows of `up_codes` of the shape [6, 1, 8]")]
    public void Shapes_of_a_gated_block_that_do_not_fit_are_named(string input, string message)
    {
        TensorData[] inputs =
        [
            Floats([2, 16], new float[32]), Floats([2, 6], new float[12]), TensorData.Of<byte>(ElementType.UInt8, [6, 1, 8], new byte[48]), Floats([6, 1], new float[6]), Floats([], 8),
            TensorData.Of<byte>(ElementType.UInt8, [6, 2], new byte[12]), Floats([1, 4], new float[4]), Floats([], 8), Floats([], 0),
        ];
        if (input == "up_codes") inputs[2] = TensorData.Of<byte>(ElementType.UInt8, [6, 4], new byte[24]);
        if (input == "up_scales") inputs[3] = Floats([6, 2], new float[12]);
        if (input == "x") inputs[0] = Floats([2, 17], new float[34]);
        if (input == "down_codes") inputs[5] = TensorData.Of<byte>(ElementType.UInt8, [5, 2], new byte[10]);
        if (input == "gate") inputs[1] = Floats([2, 4], new float[8]);
        var error = Error(ModelOf("SparseGatedFfnNBits", inputs), inputs, Kernel);
        Assert.Contains("ai.onnxc.SparseGatedFfnNBits", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bits", 2, "attribute `bits` is 2, but must be 4 or 8")]
    [InlineData("block", 0, "attribute `block` is 0, but must be above 0")]
    public void Attributes_that_mean_nothing_are_named(string name, int value, string message)
    {
        TensorData[] inputs = [Floats([2], new float[2]), TensorData.Of<byte>(ElementType.UInt8, [2, 1], new byte[2]), Floats([1, 1], 1), Floats([], 8), Floats([], 0)];
        Assert.Contains(message, Error(ModelOf("MaskedGemvNBits", inputs, 21, (name, (long)value)), inputs, Kernel), StringComparison.Ordinal);
    }
}
