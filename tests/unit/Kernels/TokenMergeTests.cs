using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Tests.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Tokens that merge, worked out by hand, and by kernel and function alike.</summary>
public sealed class TokenMergeTests
{
    static readonly string[] Names = ["metric", "x", "size", "row_weights", "column_weights", "scale", "bias"];

    static readonly TensorData X = Floats([1, 4, 2], 1, 0, 2, 2, 0, 4, 4, 0);
    static readonly TensorData Keys = Floats([1, 4, 2], 1, 0, 1, 1, 0, 1, 1, 0.1f);
    static readonly TensorData Ones = Floats([1, 4, 1], 1, 1, 1, 1);

    static (TensorData Y, TensorData Total) Run(string op, TensorData[] inputs, SessionSettings settings, params (string Name, AttributeValue Value)[] attributes)
    {
        var model = Samples.NewModel(21);
        var values = inputs.Select((t, i) => (Value?)model.Main.AddInput(Names[i], new TensorType(t.Element, new Shape([.. t.Dims.Select(_ => Dim.Unknown)])))).ToArray();
        var node = new GraphBuilder(model.Main).CustomNode(op, values, attributes);
        foreach (var (output, name) in node.Outputs.Zip(["y", "total"]))
        {
            output.SetType(new TensorType(inputs[0].Element, null));
            model.Main.AddOutput(output, name);
        }
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model), settings).OrThrow();
        var result = loaded.Run(inputs.Select((t, i) => KeyValuePair.Create(Names[i], (RuntimeValue)new TensorValue(t))).ToDictionary(StringComparer.Ordinal)).OrThrow();
        return (((TensorValue)result["y"]).Data, ((TensorValue)result["total"]).Data);
    }

    static void AssertMerges(string op, TensorData[] inputs, float[] tokens, float[] sizes, params (string Name, AttributeValue Value)[] attributes)
    {
        foreach (var settings in new[] { Body, Kernel })
        {
            var (y, total) = Run(op, inputs, settings, attributes);
            Assert.Equal([1, sizes.Length, 2], y.Dims.AsSpan().ToArray());
            Assert.Equal(sizes, total.ToArray<float>());
            foreach (var (expected, actual) in tokens.Zip(y.ToArray<float>())) Assert.Equal(expected, actual, 2e-6f);
        }
    }

    [Fact]
    public void The_most_similar_pair_becomes_its_mean() => AssertMerges("BipartiteMerge", [Keys, X, Ones], [0, 4, 2, 2, 2.5f, 0], [1, 1, 2], ("r", 1L));

    [Fact]
    public void The_token_of_the_class_stays() => AssertMerges("BipartiteMerge", [Keys, X, Ones], [1, 0, 1, 3, 4, 0], [1, 2, 1], ("r", 1L), ("class_token", 1L));

    [Fact]
    public void Several_pairs_merge_at_once() => AssertMerges("BipartiteMerge", [Keys, X, Ones], [1, 3, 2.5f, 0], [2, 2], ("r", 2L));

    [Fact]
    public void Without_pairs_tokens_are_only_sorted() => AssertMerges("BipartiteMerge", [Keys, X, Ones], [1, 0, 0, 4, 2, 2, 4, 0], [1, 1, 1, 1], ("r", 0L));

    [Fact]
    public void Tokens_weigh_by_their_sizes() =>
        AssertMerges("BipartiteMerge", [Keys, X, Floats([1, 4, 1], 3, 1, 1, 2)], [0, 4, 2, 2, (3 * 1 + 2 * 4) / 5f, 0], [1, 1, 5], ("r", 1L));

    [Fact]
    public void Padding_merges_with_none_and_comes_last() =>
        AssertMerges("BipartiteMerge", [Keys, X, Floats([1, 4, 1], 1, 1, 1, 0)], [0, 4, 1.5f, 1, 4, 0], [1, 2, 0], ("r", 1L));

    [Fact]
    public void Padding_goes_where_no_other_pairs_are_left() =>
        AssertMerges("BipartiteMerge", [Keys, X, Floats([1, 4, 1], 1, 1, 0, 0)], [1.5f, 1, 2, 2], [2, 0], ("r", 2L));

    [Fact]
    public void Function_and_kernel_agree_on_padding()
    {
        var random = new SplitMix(78);
        foreach (var (tokens, length, pairs) in new[] { (9, 5, 3), (16, 3, 7), (17, 16, 6), (12, 0, 4), (12, 1, 5) })
            foreach (var (first, second) in new[] { (0L, 0L), (1L, 0L), (1L, 1L) })
            {
                if ((tokens - first - second) / 2 < pairs) continue;
                var inputs = Inputs(random, ElementType.Float, 2, tokens, 6, 5);
                inputs[2] = TensorData.Floats([.. Enumerable.Range(0, 2 * tokens).Select(t => t % tokens < (t < tokens ? length : tokens) ? 1f + t % 3 : 0)], 2, tokens, 1);
                AssertAgree("BipartiteMerge", inputs, [("r", (long)pairs), ("class_token", first), ("distillation_token", second)]);
            }
    }

    [Fact]
    public void The_token_of_distillation_stays_the_second() =>
        AssertMerges("BipartiteMerge", [Keys, X, Ones], [1, 0, 2, 2, 2, 2], [1, 1, 2], ("r", 1L), ("class_token", 1L), ("distillation_token", 1L));

    [Fact]
    public void The_first_of_equals_merges_and_into_the_first() =>
        AssertMerges("BipartiteMerge", [Floats([1, 6, 2], 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), Floats([1, 6, 2], 1, 0, 3, 0, 5, 0, 7, 0, 9, 0, 11, 0), Floats([1, 6, 1], 1, 1, 1, 1, 1, 1)],
            [5, 0, 9, 0, 2, 0, 7, 0, 11, 0], [1, 1, 2, 1, 1], ("r", 1L));

    [Fact]
    public void A_modulated_token_merges_as_published() =>
        AssertMerges("ModulatedMerge", [Keys, X, Ones, Floats([1], 0.5f), Floats([2], 0.3f, -0.2f), Floats([2], 1, 1), Floats([2], 0, 0)],
            [0, 4, 2, 2, 2.652452f, 0], [1, 1, 2], ("r", 1L));

    [Fact]
    public void Column_weights_of_zero_modulate_nothing()
    {
        var random = new SplitMix(4);
        var inputs = Inputs(random, ElementType.Float, 2, 21, 8, 12);
        TensorData[] weights = [Normal(random, ElementType.Float, 5), TensorData.Floats(new float[12]), Normal(random, ElementType.Float, 12), Normal(random, ElementType.Float, 12)];
        foreach (var settings in new[] { Body, Kernel })
        {
            var (plain, modulated) = (Run("BipartiteMerge", inputs, settings, ("r", 5L)), Run("ModulatedMerge", [.. inputs, .. weights], settings, ("r", 5L)));
            Assert.True(plain.Y.ContentEquals(modulated.Y) && plain.Total.ContentEquals(modulated.Total));
        }
    }

    [Fact]
    public void Function_and_kernel_agree_for_all_shapes_and_types()
    {
        var random = new SplitMix(77);
        foreach (var element in new[] { ElementType.Float, ElementType.Float16, ElementType.BFloat16 })
            foreach (var (batch, tokens, keys, width, pairs) in new[] { (1, 2, 1, 1, 1), (3, 9, 5, 7, 3), (2, 16, 8, 33, 7), (1, 65, 24, 96, 31), (0, 8, 4, 4, 2), (2, 17, 16, 64, 0) })
                foreach (var (first, second) in new[] { (0L, 0L), (1L, 0L), (1L, 1L) })
                {
                    if ((tokens - first - second) / 2 < pairs) continue;
                    (string, AttributeValue)[] attributes = [("r", (long)pairs), ("class_token", first), ("distillation_token", second)];
                    var inputs = Inputs(random, element, batch, tokens, keys, width);
                    AssertAgree("BipartiteMerge", inputs, attributes);
                    AssertAgree("ModulatedMerge", [.. inputs, Normal(random, element, pairs), Normal(random, element, width), Normal(random, element, width), Normal(random, element, width)], attributes);
                }
    }

    static void AssertAgree(string op, TensorData[] inputs, (string, AttributeValue)[] attributes)
    {
        var tolerance = inputs[0].Element switch { ElementType.Float16 => 1 / 128.0, ElementType.BFloat16 => 1 / 16.0, _ => 2e-5 };
        var (function, kernel) = (Run(op, inputs, Body, attributes), Run(op, inputs, Kernel with { Threads = 2 }, attributes));
        Assert.True(function.Total.ContentEquals(kernel.Total), $"sizes of {inputs[1].Type}");
        Assert.Equal(function.Y.Dims, kernel.Y.Dims);
        foreach (var (a, b) in TensorNumbers.Read(function.Y).Zip(TensorNumbers.Read(kernel.Y))) Assert.Equal(a, b, tolerance * (1 + Math.Abs(a)));
    }

    static TensorData Normal(SplitMix random, ElementType element, params long[] dims) =>
        TensorNumbers.Pack(element, dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => random.Normal())]);

    static TensorData[] Inputs(SplitMix random, ElementType element, int batch, int tokens, int keys, int width) =>
    [
        Normal(random, element, batch, tokens, keys),
        Normal(random, element, batch, tokens, width),
        TensorNumbers.Pack(element, [batch, tokens, 1], [.. Enumerable.Range(0, batch * tokens).Select(_ => 1.0 + random.Below(4))]),
    ];

    [Fact]
    public void A_result_does_not_depend_on_the_number_of_threads()
    {
        var inputs = Inputs(new SplitMix(5), ElementType.Float, 9, 50, 16, 32);
        Assert.True(Run("BipartiteMerge", inputs, Kernel, ("r", 20L)).Y.ContentEquals(Run("BipartiteMerge", inputs, Kernel with { Threads = 2 }, ("r", 20L)).Y));
    }

    [Theory]
    [InlineData("x", "`x` has the shape [4, 2], but must be [B, N, D]")]
    [InlineData("metric", "`metric` has the shape [1, 3, 2], but must be [1, 4, C] for `x` of the shape [1, 4, 2]")]
    [InlineData("size", "`size` has the shape [1, 4, 2], but must be [1 or 1, 4, 1]")]
    [InlineData("r", "has too few tokens to merge 3 pairs")]
    [InlineData("negative", "attribute `r` is -1, but must not be negative")]
    public void What_does_not_fit_is_named(string what, string message)
    {
        TensorData[] inputs =
        [
            what == "metric" ? Floats([1, 3, 2], 1, 2, 3, 4, 5, 6) : Keys,
            what == "x" ? Floats([4, 2], 1, 2, 3, 4, 5, 6, 7, 8) : X,
            what == "size" ? Floats([1, 4, 2], 1, 1, 1, 1, 1, 1, 1, 1) : Ones,
        ];
        var error = Error(ModelOf("BipartiteMerge", inputs, 21, ("r", what switch { "r" => 3L, "negative" => -1, _ => 1 })), inputs, Kernel);
        Assert.Contains("ai.onnxc.BipartiteMerge", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "`row_weights` has the shape [2], but there is one for each of 1 pairs")]
    [InlineData(4, "`column_weights` has the shape [3], but there is one for each of 2 channels")]
    [InlineData(6, "`bias` has the shape [3], but there is one for each of 2 channels")]
    public void Weights_that_do_not_fit_are_named(int input, string message)
    {
        TensorData[] inputs = [Keys, X, Ones, Floats([1], 1), Floats([2], 1, 1), Floats([2], 1, 1), Floats([2], 1, 1)];
        inputs[input] = input == 3 ? Floats([2], 1, 1) : Floats([3], 1, 1, 1);
        Assert.Contains(message, Error(ModelOf("ModulatedMerge", inputs, 21, ("r", 1L)), inputs, Kernel), StringComparison.Ordinal);
    }

    [Fact]
    public void A_norm_needs_an_epsilon() =>
        Assert.Contains("attribute `epsilon` is -1, but must not be negative", Error(ModelOf("ModulatedMerge", [Keys, X, Ones, Floats([0]), Floats([2], 0, 0), Floats([2], 1, 1), Floats([2], 0, 0)], 21,
            ("epsilon", -1f)), [Keys, X, Ones, Floats([0]), Floats([2], 0, 0), Floats([2], 1, 1), Floats([2], 0, 0)], Kernel), StringComparison.Ordinal);
}
