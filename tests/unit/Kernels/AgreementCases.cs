using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>
/// Two implementations on the same inputs. Operators of single elements do the same operations in the same order, so they agree to the bit;
/// those of rows sum in another order, and agree within 1e-6 of the sum of the magnitudes of their terms.
/// </summary>
public abstract class AgreementCases
{
    /// <summary>How sessions are made that give an operator's results to expect, and those to compare.</summary>
    private protected abstract (SessionSettings Expected, SessionSettings Actual) SidesOf(string op);

    private protected abstract long[] Opsets(TensorData x);

    static readonly float[] Special =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, 1e-39f, -0f, 0, float.MaxValue, float.MinValue, 1e-20f, 1e19f, -1e30f];

    public static TheoryData<string> Shapes =>
        ["", "0", "1", "7", "1003", "3,0", "5,33", "2,3,17", "2,1,5,9", "1,3,2,5,7", "3,64", "2,16384", "3,20001"];

    static ImmutableArray<long> Parse(string shape) => shape.Length == 0 ? [] : [.. shape.Split(',').Select(long.Parse)];

    /// <summary>Normal numbers, with special ones strewn in for about one of twenty.</summary>
    private protected static TensorData Random(ElementType element, ImmutableArray<long> dims, ulong seed, bool special = true, double scale = 2)
    {
        var random = new SplitMix(seed);
        var count = dims.Aggregate(1L, (a, b) => a * b);
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = special && random.Below(20) == 0 ? Special[random.Below(Special.Length)] : random.Normal() * scale;
        return TensorNumbers.Pack(element, dims.AsSpan(), values);
    }

    void AssertSameBits(string op, IReadOnlyList<TensorData> inputs, params (string, AttributeValue)[] attributes)
    {
        var sides = SidesOf(op);
        foreach (var opset in Opsets(inputs[0]))
        {
            var model = ModelOf(op, inputs, opset, attributes);
            var (expected, actual) = (Run(model, inputs, sides.Expected), Run(model, inputs, sides.Actual));
            Assert.Equal(expected.Dims, actual.Dims);
            Assert.Equal(expected.Element, actual.Element);
            var (a, b) = (TensorNumbers.Read(expected), TensorNumbers.Read(actual));
            for (var i = 0; i < a.Length; i++)
                if (Ulps((float)a[i], (float)b[i]) != 0) Assert.Fail($"{op} at {i} of {inputs[0].Type}, opset {opset}: {a[i]:R} and {b[i]:R} for {TensorNumbers.Read(inputs[0])[i]:R}");
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void PolyReLU(string shape)
    {
        foreach (var element in Elements)
        {
            var x = Random(element, Parse(shape), 1);
            AssertSameBits("PolyReLU", [x]);
            AssertSameBits("PolyReLU", [x], ("weights", new FloatsAttribute([0.1f, -2, 0.7f])), ("bias", 0.25f));
            AssertSameBits("PolyReLU", [x], ("weights", new FloatsAttribute([0.1f, -2, 0.7f, 3, 1])), ("bias", -1f));
            AssertSameBits("PolyReLU", [x], ("weights", new FloatsAttribute([-0.5f])));
        }
    }

    static readonly ElementType[] Elements = [ElementType.Float, ElementType.Float16, ElementType.BFloat16];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void SplineActivation(string shape)
    {
        var random = new SplitMix(5);
        // One segment; as many as a permutation holds; more; as many as only a gather reaches.
        foreach (var segments in new[] { 1, 5, 8, 13, 16, 29, 100 })
        {
            var coefficients = new FloatsAttribute([.. Enumerable.Range(0, 4 * segments).Select(_ => (float)random.Normal())]);
            foreach (var element in Elements)
                foreach (var (left, right) in new[] { (0.01f, 1f), (0, 1), (0, 0) })
                    AssertSameBits("SplineActivation", [Random(element, Parse(shape), 2)], ("coefficients", coefficients), ("low", -3.1f), ("high", 3.3f), ("left_slope", left), ("right_slope", right));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ClippedActivation(string shape)
    {
        var dims = Parse(shape);
        var x = Random(ElementType.Float, dims, 3);
        // Every way in which a bound can spread: each axis there or 1, leading axes left out.
        for (var mask = 0; mask < 1 << dims.Length; mask++)
        {
            ImmutableArray<long> kept = [.. dims.Select((d, i) => (mask >> i & 1) == 0 ? 1 : d)];
            ImmutableArray<long> other = [.. kept.SkipWhile(d => d == 1)];
            foreach (var saturate in new long[] { 0, 1 })
                AssertSameBits("ClippedActivation", [x, Random(ElementType.Float, other, 4, special: false, 0.2), Random(ElementType.Float, kept, 5, special: false)], ("saturate", saturate));
        }
        foreach (var element in Elements)
            AssertSameBits("ClippedActivation", [Random(element, dims, 6), Random(element, dims, 7, special: false), Random(element, [], 8, special: false)]);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void PolyNorm(string shape)
    {
        if (shape.Length == 0) return;
        var dims = Parse(shape);
        foreach (var element in Elements)
            foreach (var special in new[] { false, true })
                foreach (var weights in new float[][] { [1 / 3f, 1 / 3f, 1 / 3f], [0.5f, -1.5f], [1], [1, 2, -3, 0.5f, 0.25f] })
                {
                    var x = Random(element, dims, 9, special, 1);
                    // N(v) is at most √d, whatever the row.
                    var magnitude = (weights.Sum(Math.Abs) * Math.Sqrt(Math.Max(1, dims[^1]))) + 0.1;
                    AssertClose("PolyNorm", x, 1e-6 * magnitude, ("weights", new FloatsAttribute([.. weights])), ("bias", 0.1f));
                }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void StatisticalTopK(string shape)
    {
        if (shape.Length == 0) return;
        foreach (var element in Elements)
            foreach (var special in new[] { false, true })
                foreach (var soft in new long[] { 0, 1 })
                {
                    var x = Random(element, Parse(shape), 10, special, 1);
                    AssertClose("StatisticalTopK", x, 5e-6 * Largest(x), ("soft", soft), ("multiplier", 1.4f));
                }
    }

    // Mean and deviation are sums of what can be large; beyond 2e19 a square is infinite and its row zero.
    static double Largest(TensorData x) => TensorNumbers.Read(x).Select(Math.Abs).Where(v => v < 2e19).DefaultIfEmpty(0).Max();

    void AssertClose(string op, TensorData x, double tolerance, params (string, AttributeValue)[] attributes)
    {
        // What is rounded to 16 bits may fall to either side.
        var step = x.Element switch { ElementType.Float16 => 1 / 1024.0, ElementType.BFloat16 => 1 / 128.0, _ => 0 };
        var sides = SidesOf(op);
        foreach (var opset in Opsets(x))
        {
            var model = ModelOf(op, [x], opset, attributes);
            var (expected, actual) = (Run(model, [x], sides.Expected), Run(model, [x], sides.Actual));
            Assert.Equal(expected.Dims, actual.Dims);
            var (a, b) = (TensorNumbers.Read(expected), TensorNumbers.Read(actual));
            for (var i = 0; i < a.Length; i++)
                if (!a[i].Equals(b[i]) && !(Math.Abs(a[i] - b[i]) <= tolerance + step * Math.Abs(a[i]))) Assert.Fail($"{op} at {i} of {x.Type}, opset {opset}: {a[i]:R} and {b[i]:R}");
        }
    }

    [Theory]
    [InlineData("PolyNorm")]
    [InlineData("StatisticalTopK")]
    public void Operators_of_rows_refuse_a_scalar_either_way(string op)
    {
        var sides = SidesOf(op);
        var model = ModelOf(op, [Floats([], 1)]);
        Assert.Contains($"ai.onnxc.{op}", Error(model, [Floats([], 1)], sides.Actual), StringComparison.Ordinal);
        Assert.NotEmpty(Error(model, [Floats([], 1)], sides.Expected));
    }
}
