using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Function and kernel sum in different orders, so they agree within 1e-6 of the sum of the magnitudes of the terms.</summary>
public sealed class WeightedEmbeddingBagTests
{
    static readonly ElementType[] Elements = [ElementType.Float, ElementType.Float16, ElementType.BFloat16];

    static TensorData Places(long[] dims, params long[] places) => TensorData.Of<long>(ElementType.Int64, [.. dims], places);

    [Fact]
    public void Rows_are_added_up_with_weights_and_negative_places_count_from_the_end()
    {
        TensorData[] inputs = [Floats([2, 3], 1, 10, 100, 1, -2, 3), Places([2, 3], 0, 2, -1, 1, 1, -3), Floats([3, 2], 1, 2, 3, 4, 5, 6)];
        Assert.Equal([1 + 50 + 500, 2 + 60 + 600, 3 - 6 + 3, 4 - 8 + 6], Result("WeightedEmbeddingBag", inputs));
    }

    /// <summary>Products of keys with scores .9 .2 .5 and .1 .8 .3: the two largest are .72 for 0·3 + 1 and .40 for 2·3 + 1.</summary>
    [Fact]
    public void Values_of_a_memory_layer_are_weighed_by_their_scores()
    {
        TensorData[] inputs = [Floats([1, 2], 0.72f, 0.4f), Places([1, 2], 1, 7), Floats([9, 1], 0, 1, 2, 3, 4, 5, 6, 7, 8)];
        Assert.Equal([0.72f + 7 * 0.4f], Result("WeightedEmbeddingBag", inputs));
    }

    [Fact]
    public void Function_and_kernel_agree_for_all_shapes_and_types()
    {
        var random = new SplitMix(7);
        long[][] shapes = [[1], [5], [3, 1], [2, 7], [2, 3, 20], [0, 4], [3, 0], [17, 9]];
        foreach (var element in Elements)
            foreach (var (rows, columns) in new[] { (1, 1), (6, 3), (40, 64), (9, 1100), (300, 33), (5, 0) })
                foreach (var shape in shapes)
                    AssertAgree(random, element, shape, rows, columns);
    }

    static void AssertAgree(SplitMix random, ElementType element, long[] shape, int rows, int columns)
    {
        var count = (int)shape.Aggregate(1L, (a, b) => a * b);
        TensorData[] inputs =
        [
            TensorNumbers.Pack(element, shape, [.. Enumerable.Range(0, count).Select(_ => random.Normal())]),
            Places(shape, [.. Enumerable.Range(0, count).Select(_ => (long)random.Below(2 * rows) - rows)]),
            TensorNumbers.Pack(element, [rows, columns], [.. Enumerable.Range(0, rows * columns).Select(_ => random.Normal())]),
        ];
        var step = element switch { ElementType.Float16 => 1 / 1024.0, ElementType.BFloat16 => 1 / 128.0, _ => 0 };
        var magnitude = new[] { inputs[0], inputs[2] }.Aggregate((double)shape[^1], (m, t) => m * TensorNumbers.Read(t).Select(Math.Abs).DefaultIfEmpty(0).Max());
        foreach (var opset in shape.Length == 2 ? new long[] { 17, 18, 21, 25 } : [21])
        {
            var model = ModelOf("WeightedEmbeddingBag", inputs, opset);
            var (expected, actual) = (Run(model, inputs, Body), Run(model, inputs, Kernel with { Threads = 2 }));
            Assert.Equal(expected.Dims, actual.Dims);
            foreach (var (a, b) in TensorNumbers.Read(expected).Zip(TensorNumbers.Read(actual)))
                Assert.True(a.Equals(b) || Math.Abs(a - b) <= 1e-6 * magnitude + step * Math.Abs(a), $"{a:R} and {b:R} of {inputs[0].Type} and {inputs[2].Type}");
        }
    }

    [Fact]
    public void Numbers_that_are_not_finite_go_through()
    {
        TensorData[] inputs = [Floats([2], 0, 1), Places([2], 0, 1), Floats([2, 2], float.PositiveInfinity, 1, 2, float.NaN)];
        var model = ModelOf("WeightedEmbeddingBag", inputs);
        foreach (var settings in new[] { Body, Kernel }) Assert.Equal([float.NaN, float.NaN], Run(model, inputs, settings).ToArray<float>());
    }

    [Theory]
    [InlineData("scalar", "`weights` has the shape [], but needs an axis at least")]
    [InlineData("indices", "`indices` has the shape [2], but there is one for each of `weights` of the shape [3]")]
    [InlineData("table", "`table` has the shape [4], but must be a matrix")]
    [InlineData("beyond", "`table` has the shape [4, 2], but an index is 4")]
    [InlineData("before", "`table` has the shape [4, 2], but an index is -5")]
    public void What_does_not_fit_is_named(string what, string message)
    {
        TensorData[] inputs = [Floats([3], 1, 2, 3), Places([3], 0, 1, what == "beyond" ? 4 : what == "before" ? -5 : 3), Floats([4, 2], new float[8])];
        if (what == "scalar") inputs = [Floats([], 1), Places([], 1), inputs[2]];
        if (what == "indices") inputs[1] = Places([2], 1, 2);
        if (what == "table") inputs[2] = Floats([4], new float[4]);
        var error = Error(ModelOf("WeightedEmbeddingBag", inputs), inputs, Kernel);
        Assert.Contains("ai.onnxc.WeightedEmbeddingBag", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }
}
