using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Function and kernel sum in different orders, so they agree within 1e-6 of the sum of the magnitudes of the terms.</summary>
public sealed class LutMatMulTests
{
    static readonly ElementType[] Elements = [ElementType.Float, ElementType.Float16, ElementType.BFloat16];

    static TensorData Normal(SplitMix random, ElementType element, params long[] dims) =>
        TensorNumbers.Pack(element, dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => random.Normal())]);

    static TensorData[] Inputs(SplitMix random, ElementType element, long[] rows, int reduced, int columns, int block, int bits)
    {
        var blocks = (reduced + block - 1) / block;
        var codes = new byte[columns * blocks * block * bits / 8];
        for (var i = 0; i < codes.Length; i++) codes[i] = (byte)random.Below(256);
        return
        [
            Normal(random, element, [.. rows, reduced]),
            TensorData.Of<byte>(ElementType.UInt8, [columns, blocks, block * bits / 8], codes),
            Normal(random, element, columns, blocks),
            Normal(random, element, 1 << bits),
        ];
    }

    [Fact]
    public void A_code_stands_for_an_entry_of_the_table_times_the_scale_of_its_block()
    {
        TensorData[] inputs =
        [
            Floats([1, 5], 1, 10, 100, 1000, 10000),
            // Two blocks of four: the codes 1 2 3 4 and 5 with padding; then 15 0 0 1 and 2.
            TensorData.Of<byte>(ElementType.UInt8, [2, 2, 2], [0x21, 0x43, 0x75, 0x77, 0x0F, 0x10, 0x72, 0x77]),
            Floats([2, 2], 1, 2, 0.5f, -1),
            Floats([16], [.. Enumerable.Range(0, 16).Select(i => (float)i)]),
        ];
        Assert.Equal([1 + 20 + 300 + 4000 + 2 * 50000, 0.5f * (15 + 1000) - 20000], Result("LutMatMul", inputs));
    }

    [Fact]
    public void Function_and_kernel_agree_for_all_shapes_and_types()
    {
        var random = new SplitMix(31);
        long[][] rows = [[], [1], [2, 3], [5], [0], [3, 0], [17]];
        foreach (var element in Elements)
            foreach (var bits in new[] { 4, 8 })
                foreach (var (reduced, columns, block) in new[] { (1, 1, 2), (7, 3, 4), (64, 16, 16), (100, 33, 32), (257, 20, 256), (48, 5, 48), (33, 17, 34), (192, 65, 64) })
                    foreach (var shape in rows)
                        AssertAgree(Inputs(random, element, shape, reduced, columns, block, bits), bits, shape.Length == 0 ? [17, 18, 21, 25] : [21]);
    }

    static void AssertAgree(TensorData[] inputs, int bits, long[] opsets)
    {
        var step = inputs[0].Element switch { ElementType.Float16 => 1 / 1024.0, ElementType.BFloat16 => 1 / 128.0, _ => 0 };
        // No term is larger than the product of the largest factors.
        var magnitude = inputs.Where(i => i.Element != ElementType.UInt8).Aggregate(1.0, (m, t) => m * TensorNumbers.Read(t).Select(Math.Abs).DefaultIfEmpty(0).Max()) * inputs[0].Dims[^1];
        foreach (var opset in opsets)
        {
            var model = ModelOf("LutMatMul", inputs, opset, ("bits", (long)bits));
            var (expected, actual) = (Run(model, inputs, Body), Run(model, inputs, Kernel with { Threads = 2 }));
            Assert.Equal(expected.Dims, actual.Dims);
            foreach (var (a, b) in TensorNumbers.Read(expected).Zip(TensorNumbers.Read(actual)))
                Assert.True(a.Equals(b) || Math.Abs(a - b) <= 1e-6 * magnitude + step * Math.Abs(a), $"{a:R} and {b:R} of {inputs[0].Type} and {inputs[1].Type}");
        }
    }

    [Fact]
    public void A_result_does_not_depend_on_the_number_of_threads()
    {
        foreach (var rows in new long[] { 1, 3, 9 })
        {
            var inputs = Inputs(new SplitMix(5), ElementType.Float, [rows], 512, 100, 32, 4);
            var model = ModelOf("LutMatMul", inputs);
            Assert.True(Run(model, inputs, Kernel with { Threads = 2 }).ContentEquals(Run(model, inputs, Kernel)));
        }
    }

    [Theory]
    [InlineData("codes", "`codes` has the shape [3, 1], but must be [N, blocks, bytes of a block]")]
    [InlineData("scales", "`scales` has the shape [3, 2], but there is one for each block of `codes` of the shape [3, 1, 16]")]
    [InlineData("table", "`table` has the shape [256], but must have 16 entries")]
    [InlineData("x", "`codes` has the shape [3, 1, 16], but its blocks must cover the last axis of `x` of the shape [2, 40]")]
    public void Shapes_that_do_not_fit_are_named(string input, string message)
    {
        var random = new SplitMix(1);
        var inputs = Inputs(random, ElementType.Float, [2], 32, 3, 32, 4);
        if (input == "codes") inputs[1] = TensorData.Of<byte>(ElementType.UInt8, [3, 1], [1, 2, 3]);
        if (input == "scales") inputs[2] = Normal(random, ElementType.Float, 3, 2);
        if (input == "table") inputs[3] = Normal(random, ElementType.Float, 256);
        if (input == "x") inputs[0] = Normal(random, ElementType.Float, 2, 40);
        var error = Error(ModelOf("LutMatMul", inputs), inputs, Kernel);
        Assert.Contains("ai.onnxc.LutMatMul", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_of_other_widths_are_refused()
    {
        var inputs = Inputs(new SplitMix(1), ElementType.Float, [2], 32, 3, 32, 4);
        Assert.Contains("attribute `bits` is 3, but must be 4 or 8", Error(ModelOf("LutMatMul", inputs, 21, ("bits", 3L)), inputs, Kernel), StringComparison.Ordinal);
    }

    [Fact]
    public void Infinities_and_NaN_travel_as_in_a_product()
    {
        var inputs = Inputs(new SplitMix(2), ElementType.Float, [4], 32, 3, 32, 4);
        var x = inputs[0].ToArray<float>();
        (x[0], x[40], x[70]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        inputs[0] = TensorData.Floats(x, 4, 32);
        var model = ModelOf("LutMatMul", inputs);
        var (function, kernel) = (Run(model, inputs, Body).ToArray<float>(), Run(model, inputs, Kernel).ToArray<float>());
        for (var i = 0; i < kernel.Length; i++)
            if (!float.IsFinite(function[i])) Assert.Equal(function[i], kernel[i]);
            else Assert.Equal(function[i], kernel[i], 1e-4f);
    }
}
