using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Function and kernel sum in different orders, so they agree within 1e-6 of the sum of the magnitudes of the terms.</summary>
public sealed class SparseKernelTests
{
    static readonly ElementType[] Elements = [ElementType.Float, ElementType.Float16, ElementType.BFloat16];
    static readonly long[][] Rows = [[], [1], [2, 3], [0], [17], [1, 40]];

    static TensorData Normal(SplitMix random, ElementType element, params long[] dims) =>
        TensorNumbers.Pack(element, dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => random.Normal())]);

    /// <summary>The example of TEAL: half of eight inputs stay.</summary>
    [Fact]
    public void What_exceeds_the_threshold_counts()
    {
        var weights = new float[8 * 8];
        for (var i = 0; i < 8; i++) weights[i * 8 + i] = 1;
        var y = Result("MaskedGemv", [Floats([8], 0.1f, -0.4f, 0.05f, 1.2f, -0.9f, 0.3f, -0.02f, 0.7f), Floats([8, 8], weights), Floats([], 0.3f)]);
        Assert.Equal([0, -0.4f, 0, 1.2f, -0.9f, 0, 0, 0.7f], y);
    }

    [Fact]
    public void Every_element_may_have_a_threshold_of_its_own() =>
        Assert.Equal([2f * 1 + 3 * 100], Result("MaskedGemv", [Floats([1, 3], 2, -5, 3), Floats([3, 1], 1, 10, 100), Floats([3], 1, 5, 2)]));

    [Fact]
    public void A_closed_gate_takes_its_neuron_away()
    {
        TensorData[] inputs = [Floats([1, 2], 1, 2), Floats([1, 3], 0.5f, 0.1f, -2), Floats([3, 2], 1, 1, 5, 5, 0, 1), Floats([3, 2], 1, 0, 9, 9, 10, 1), Floats([], 0.1f)];
        Assert.Equal([0.5f * 3 - 2 * 2 * 10, -2 * 2 * 1f], Result("SparseGatedFfn", inputs));
    }

    /// <summary>Scores (1, -2, 0.5, 0) behind ReLU and RMS normalization, as BlockFFN routes: two of four blocks of two neurons.</summary>
    [Fact]
    public void A_gate_may_stand_for_a_group_of_neurons()
    {
        TensorData[] inputs =
        [
            Floats([1], 1), Floats([4], 1.788826f, 0, 0.894413f, 0), Floats([8, 1], 1, 2, 3, 4, -1, -2, 7, 8), Floats([8, 1], 1, 1, 1, 1, 1, 1, 1, 1), Floats([], 0),
        ];
        static double Silu(double u) => u / (1 + Math.Exp(-u));
        var expected = 1.788826 * (Silu(1) + Silu(2)) + 0.894413 * (Silu(-1) + Silu(-2));
        Assert.Equal(expected, Assert.Single(Result("SparseGatedFfn", inputs, ("silu", 1L))), 1e-5);
    }

    [Fact]
    public void Masked_products_agree_for_all_shapes_and_types()
    {
        var random = new SplitMix(41);
        foreach (var element in Elements)
            foreach (var (terms, columns) in new[] { (1, 1), (7, 3), (64, 16), (100, 33), (257, 600), (520, 20), (33, 1030) })
                foreach (var rows in Rows)
                    foreach (var threshold in new[] { Floats([], 1), Floats([], -1), Floats([], 9), Normal(random, ElementType.Float, terms) })
                    {
                        TensorData[] inputs = [Normal(random, element, [.. rows, terms]), Normal(random, element, terms, columns), TensorNumbers.Pack(element, threshold.Dims.AsSpan(), TensorNumbers.Read(threshold))];
                        AssertAgree("MaskedGemv", inputs, terms, rows.Length == 0 ? [17, 18, 21, 25] : [21]);
                    }
    }

    [Fact]
    public void Gated_blocks_agree_for_all_shapes_and_types()
    {
        var random = new SplitMix(43);
        foreach (var element in Elements)
            foreach (var (width, gates, group, columns) in new[] { (1, 1, 1, 1), (7, 5, 1, 3), (64, 300, 1, 16), (33, 6, 50, 20), (20, 3, 300, 7), (130, 64, 1, 600) })
                foreach (var rows in Rows)
                    foreach (var threshold in new[] { 1.0, -1, 9 })
                    {
                        TensorData[] inputs = [Normal(random, element, [.. rows, width]), Normal(random, element, [.. rows, gates]), Normal(random, element, gates * group, width), Normal(random, element, gates * group, columns), TensorNumbers.Pack(element, [], [threshold])];
                        AssertAgree("SparseGatedFfn", inputs, gates * group, rows.Length == 0 ? [17, 18, 21, 25] : [21], ("silu", (long)(group > 1 ? 1 : 0)));
                    }
    }

    static void AssertAgree(string op, TensorData[] inputs, int terms, long[] opsets, params (string Name, AttributeValue Value)[] attributes)
    {
        var step = inputs[0].Element switch { ElementType.Float16 => 1 / 1024.0, ElementType.BFloat16 => 1 / 128.0, _ => 0 };
        // No term is larger than the product of the largest factors; a gated one is a sum itself.
        var magnitude = inputs.SkipLast(1).Aggregate(1.0, (m, t) => m * TensorNumbers.Read(t).Select(Math.Abs).DefaultIfEmpty(0).Max()) * terms * (inputs.Length > 3 ? inputs[0].Dims[^1] : 1);
        foreach (var opset in opsets)
        {
            var model = ModelOf(op, inputs, opset, attributes);
            var (expected, actual) = (Run(model, inputs, Body), Run(model, inputs, Kernel with { Threads = 2 }));
            Assert.Equal(expected.Dims, actual.Dims);
            foreach (var (a, b) in TensorNumbers.Read(expected).Zip(TensorNumbers.Read(actual)))
                Assert.True(a.Equals(b) || Math.Abs(a - b) <= 1e-6 * magnitude + step * Math.Abs(a), $"{op}: {a:R} and {b:R} of {string.Join(", ", inputs.Select(i => i.Type))}");
        }
    }

    [Fact]
    public void A_result_does_not_depend_on_threads_or_on_other_rows()
    {
        var random = new SplitMix(5);
        var (x, weights, threshold) = (Normal(random, ElementType.Float, 20, 700), Normal(random, ElementType.Float, 700, 1100), Floats([], 0.7f));
        var model = ModelOf("MaskedGemv", [x, weights, threshold]);
        var all = Run(model, [x, weights, threshold], Kernel);
        Assert.True(Run(model, [x, weights, threshold], Kernel with { Threads = 2 }).ContentEquals(all));
        var alone = Run(model, [TensorData.Of<byte>(ElementType.Float, [1, 700], x.Bytes[(3 * 700 * 4)..(4 * 700 * 4)]), weights, threshold], Kernel);
        Assert.Equal(all.ToArray<float>()[3300..4400], alone.ToArray<float>());
    }

    [Theory]
    [InlineData("weights", "`weights` has the shape [4], but must be a matrix")]
    [InlineData("x", "`x` has the shape [2, 5], but its last axis must be the first of `weights` of the shape [4, 3]")]
    [InlineData("threshold", "`threshold` has the shape [3], but must be a number, or one for each element along the last axis of [2, 4]")]
    public void Shapes_of_a_masked_product_that_do_not_fit_are_named(string input, string message)
    {
        TensorData[] inputs = [Floats([2, 4], new float[8]), Floats([4, 3], new float[12]), Floats([4], new float[4])];
        if (input == "weights") inputs[1] = Floats([4], new float[4]);
        if (input == "x") inputs[0] = Floats([2, 5], new float[10]);
        if (input == "threshold") inputs[2] = Floats([3], new float[3]);
        var error = Error(ModelOf("MaskedGemv", inputs), inputs, Kernel);
        Assert.Contains("ai.onnxc.MaskedGemv", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up", "`up` has the shape [6], but must be a matrix")]
    [InlineData("x", "`x` has the shape [2, 5], but its last axis must be the last of `up` of the shape [6, 4]")]
    [InlineData("down", "`down` has the shape [5, 3], but it has a row for each of `up` of the shape [6, 4]")]
    [InlineData("rows", "`gate` has the shape [3, 6], but it has a row for each of `x` of the shape [2, 4]")]
    [InlineData("gate", "`gate` has the shape [2, 4], but its last axis must divide the rows of `up` of the shape [6, 4]")]
    public void Shapes_of_a_gated_block_that_do_not_fit_are_named(string input, string message)
    {
        TensorData[] inputs = [Floats([2, 4], new float[8]), Floats([2, 6], new float[12]), Floats([6, 4], new float[24]), Floats([6, 3], new float[18]), Floats([], 0)];
        if (input == "up") inputs[2] = Floats([6], new float[6]);
        if (input == "x") inputs[0] = Floats([2, 5], new float[10]);
        if (input == "down") inputs[3] = Floats([5, 3], new float[15]);
        if (input == "rows") inputs[1] = Floats([3, 6], new float[18]);
        if (input == "gate") inputs[1] = Floats([2, 4], new float[8]);
        var error = Error(ModelOf("SparseGatedFfn", inputs), inputs, Kernel);
        Assert.Contains("ai.onnxc.SparseGatedFfn", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void NaN_exceeds_every_threshold()
    {
        TensorData[] inputs = [Floats([2], float.NaN, 0.1f), Floats([2, 1], 1, 1), Floats([], 5)];
        var model = ModelOf("MaskedGemv", inputs);
        Assert.Equal([float.NaN], Run(model, inputs, Kernel).ToArray<float>());
        Assert.Equal([float.NaN], Run(model, inputs, Body).ToArray<float>());
    }
}
