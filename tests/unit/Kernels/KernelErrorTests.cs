using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>What is wrong is an error of ONNX Runtime that names operator, attribute and value; nothing ends the process.</summary>
public sealed class KernelErrorTests
{
    static readonly TensorData X = Floats([2, 3], 1, 2, 3, 4, 5, 6);

    public static TheoryData<string, string, AttributeValue, string> WrongAttributes => new()
    {
        { "PolyReLU", "weights", new IntAttribute(3), "`weights` is 3, but must be a list of floats" },
        { "PolyReLU", "weights", new FloatAttribute(0.5f), "`weights` is 0.5, but must be a list of floats" },
        { "PolyReLU", "bias", new StringAttribute([.. "no"u8]), "`bias` is \"no\", but must be a float" },
        { "PolyReLU", "bias", new FloatsAttribute([1, 2]), "`bias` is [1, 2], but must be a float" },
        { "PolyNorm", "epsilon", new FloatAttribute(-1), "`epsilon` is -1, but must not be negative" },
        { "PolyNorm", "epsilon", new FloatAttribute(float.NaN), "`epsilon` is NaN, but must be finite" },
        { "PolyNorm", "weights", new FloatsAttribute([.. Enumerable.Repeat(1f, 65)]), "`weights` is [1, 1, 1, 1, 1, 1, 1, 1, …], but needs 1 to 64 numbers" },
        { "SplineActivation", "coefficients", new FloatsAttribute([1, 2, 3, 4, 5]), "`coefficients` is [1, 2, 3, 4, 5], but needs four numbers for every segment, and has 5" },
        { "SplineActivation", "low", new FloatAttribute(9), "`high` is 4, but must be above `low`, which is 9" },
        { "SplineActivation", "low", new IntsAttribute([1, 2]), "`low` is [1, 2], but must be a float" },
        { "StatisticalTopK", "multiplier", new FloatAttribute(float.PositiveInfinity), "`multiplier` is Infinity, but must be finite" },
        { "StatisticalTopK", "soft", new IntAttribute(2), "`soft` is 2, but must be 0 or 1" },
        { "StatisticalTopK", "soft", new FloatAttribute(1), "`soft` is 1, but must be an integer" },
    };

    [Theory]
    [MemberData(nameof(WrongAttributes))]
    public void A_wrong_attribute_is_named_with_its_value(string op, string name, AttributeValue value, string message)
    {
        var attributes = new List<(string, AttributeValue)> { (name, value) };
        if (op == "SplineActivation" && name != "coefficients") attributes.Add(("coefficients", new FloatsAttribute([0, 0, 0, 0])));
        var error = Error(ModelOf(op, [X], 21, [.. attributes]), [X], Kernel);
        Assert.True(error.Contains($"ai.onnxc.{op}", StringComparison.Ordinal) && error.Contains(message, StringComparison.Ordinal), error);
    }

    [Fact]
    public void A_spline_without_coefficients_is_refused() =>
        Assert.Contains("ai.onnxc.SplineActivation", Error(ModelOf("SplineActivation", [X]), [X], Kernel), StringComparison.Ordinal);

    [Theory]
    [InlineData("4", "`high` has the shape [4], but must spread over `x` of the shape [2, 3]")]
    [InlineData("1,2,3", "`high` has the shape [1, 2, 3], but must spread over `x` of the shape [2, 3]")]
    [InlineData("3,1", "`high` has the shape [3, 1], but must spread over `x` of the shape [2, 3]")]
    public void A_bound_that_does_not_spread_is_named_with_both_shapes(string shape, string message)
    {
        ImmutableArray<long> dims = [.. shape.Split(',').Select(long.Parse)];
        TensorData[] inputs = [X, Floats([], 0), Floats(dims, new float[dims.Aggregate(1L, (a, b) => a * b)])];
        var error = Error(ModelOf("ClippedActivation", inputs), inputs, Kernel);
        Assert.Contains("ai.onnxc.ClippedActivation", error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PolyReLU")]
    [InlineData("PolyNorm")]
    [InlineData("StatisticalTopK")]
    public void Another_element_type_is_refused_by_name(string op)
    {
        var x = TensorNumbers.Pack(ElementType.Int32, [2], [1, 2]);
        var error = Error(ModelOf(op, [x]), [x], Kernel);
        Assert.Contains(op, error, StringComparison.Ordinal);
        Assert.Contains("int32", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_of_another_type_than_x_are_refused()
    {
        TensorData[] inputs = [X, TensorNumbers.Pack(ElementType.Float16, [], [0]), Floats([], 1)];
        Assert.Contains("ClippedActivation", Error(ModelOf("ClippedActivation", inputs), inputs, Kernel), StringComparison.Ordinal);
    }

    /// <summary>Random shapes, right and wrong: every run gives the result of the function or an error that names the operator.</summary>
    [Fact]
    public void Random_shapes_crash_nothing()
    {
        var random = new SplitMix(20);
        for (var trial = 0; trial < 300; trial++)
        {
            var op = (string[])["PolyReLU", "PolyNorm", "SplineActivation", "ClippedActivation", "StatisticalTopK"];
            var name = op[random.Below(op.Length)];
            var x = Tensor(Dims(random));
            TensorData[] inputs = name == "ClippedActivation" ? [x, Tensor(Like(x.Dims, random)), Tensor(Like(x.Dims, random))] : [x];
            (string, AttributeValue)[] attributes = name == "SplineActivation" ? [("coefficients", new FloatsAttribute([.. Enumerable.Range(0, 4 * (1 + (int)random.Below(40))).Select(_ => (float)random.Normal())]))] : [];
            using var model = OrtModel.Load(ModelWriter.ToBytes(ModelOf(name, inputs, 21, attributes)), Kernel with { Threads = 1 + (int)random.Below(2) }).OrThrow();
            var result = model.Run(inputs.Select((t, i) => KeyValuePair.Create(((string[])["x", "low", "high"])[i], (RuntimeValue)new TensorValue(t))).ToDictionary(StringComparer.Ordinal));
            if (result.IsOk) Assert.Equal(x.Dims, ((TensorValue)result.Value["y"]).Data.Dims);
            else Assert.Contains($"ai.onnxc.{name}", result.Diagnostics[0].Message, StringComparison.Ordinal);
        }

        TensorData Tensor(ImmutableArray<long> dims) => TensorNumbers.Pack(ElementType.Float, dims.AsSpan(), [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => random.Normal())]);
    }

    static ImmutableArray<long> Dims(SplitMix random) => [.. Enumerable.Range(0, (int)random.Below(6)).Select(_ => random.Below(8))];

    // Spreads over x for the most part.
    static ImmutableArray<long> Like(ImmutableArray<long> x, SplitMix random) =>
        [.. x.Skip((int)random.Below(x.Length + 1)).Select(d => random.Below(10) switch { 0 => random.Below(5), < 5 => 1, _ => d })];
}
