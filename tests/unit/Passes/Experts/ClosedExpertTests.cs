using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Experts;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Experts;

/// <summary>Results that are known in closed form.</summary>
public sealed class ClosedExpertTests
{
    // W_e = B^T A_e^T as [inputs, outputs].
    static readonly float[] First = [2, 0, 1, 3, 1, -3], Second = [1, 4, -1, 0, 2, 4];

    static double[,] GramOf(params float[][] matrices)
    {
        var gram = new double[3, 3];
        foreach (var matrix in matrices) Subspace.AddRows(gram, matrix, 3, 2);
        return gram;
    }

    [Fact]
    public void Matrices_with_a_common_kernel_factor_without_error()
    {
        var projection = SharedProjection.Of(GramOf(First, Second), null);
        Assert.InRange(projection.Space.Lost(2), 0, 1e-12);
        Assert.True(projection.Space.Lost(1) > 0.01);
        // The direction that is left out is the common kernel, (1, -1, -1).
        var kernel = projection.Space.Vector(2).ToArray();
        Assert.Equal(kernel[0], -kernel[1], 9);
        Assert.Equal(kernel[0], -kernel[2], 9);
        AssertRecovers(projection, 2, 1e-6);
    }

    [Fact]
    public void A_covariance_of_the_inputs_keeps_exact_factors_exact() =>
        AssertRecovers(SharedProjection.Of(GramOf(First, Second), [2, 0.5, 0, 0.5, 1, 0.2, 0, 0.2, 3]), 2, 1e-5);

    static void AssertRecovers(SharedProjection projection, int rank, double error)
    {
        var left = projection.Projection(rank);
        foreach (var matrix in new[] { First, Second })
        {
            var right = projection.Of(matrix, 2, rank);
            for (var i = 0; i < 3; i++)
                for (var j = 0; j < 2; j++) Assert.Equal(matrix[i * 2 + j], Enumerable.Range(0, rank).Sum(r => left[i * rank + r] * right[r * 2 + j]), error);
        }
    }

    [Fact]
    public void A_covariance_says_which_direction_matters()
    {
        // One direction is left of two equal ones: that which the data have more of.
        var gram = new double[,] { { 1, 0 }, { 0, 1 } };
        var projection = SharedProjection.Of(gram, [1, 0, 0, 100]).Projection(1);
        Assert.True(Math.Abs(projection[1]) > 0.05 && Math.Abs(projection[0]) < 1e-6);
    }

    [Fact]
    public void A_model_of_the_size_of_Qwens_keeps_the_share_that_the_formula_says()
    {
        const long Inputs = 2048, Width = 1408, Experts = 60, Group = 10;
        const long Before = 3 * Experts * Width * Inputs, After = 3 * Experts * Width * Width + 3 * (Experts / Group) * Width * Inputs;
        Assert.Equal((519_045_120, 408_748_032), (Before, After));
        Assert.Equal(0.7875, (double)After / Before, 4);
    }

    [Fact]
    public void Outliers_are_the_largest_ratio_of_a_column() =>
        // Columns of W [outputs, inputs] lie behind each other here.
        Assert.Equal(2.66667, OutlierScore.Of([1, 1, 1, -1, 1, -1, 0.5f, 0.5f, 8], 3, 3), 5);

    const string GroupLimited = """
        <ir_version: 10, opset_import: ["": 18]>
        g (float[t,8] x) => (float[t,8] y) <float[8] bias = {0, 0, 0.5, 0, -0.6, 0, 0, 0.1}, int64[3] groups = {-1, 4, 2}, int64[1] two = {2}, int64[1] last = {-1}, int64[2] flat = {-1, 8},
            float gone = {-1e30}, float zero = {0}, float one = {1}, float factor = {2.5}, int64 depth = {8}, float[2] onehot = {0, 1}, int64[1] slot = {1}, int64[1] front = {0}, float[8,8,8] up = {UP}, float[8,8,8] down = {DOWN}> {
          p = Sigmoid (x)
          c = Add (p, bias)
          byGroup = Reshape (c, groups)
          best, bi = TopK <axis = -1> (byGroup, two)
          score = ReduceSum <keepdims = 0> (best, last)
          gv, gi = TopK <axis = -1> (score, two)
          gsh = Shape (score)
          gz = ConstantOfShape <value = float[1] {0}> (gsh)
          gsh2 = Shape (gv)
          gones = ConstantOfShape <value = float[1] {1}> (gsh2)
          keep = ScatterElements <axis = 1> (gz, gi, gones)
          keepu = Unsqueeze (keep, last)
          kept = Greater (keepu, zero)
          masked = Where (kept, byGroup, gone)
          scores = Reshape (masked, flat)
          v, i = TopK <axis = -1> (scores, two)
          w = GatherElements <axis = 1> (p, i)
          s = ReduceSum (w, last)
          n = Div (w, s)
          wn = Mul (n, factor)
          o = OneHot <axis = -1> (i, depth, onehot)
          wu = Unsqueeze (wn, last)
          om = Mul (o, wu)
          rw = ReduceSum <keepdims = 0> (om, slot)
          rt = Transpose <perm = [1, 0]> (rw)
          ru = Unsqueeze (rt, last)
          xs = Unsqueeze (x, front)
          u = MatMul (xs, up)
          a = Relu (u)
          d = MatMul (a, down)
          m = Mul (d, ru)
          y = ReduceSum <keepdims = 0> (m, front)
        }
        """;

    static readonly float[] Logits = [0.1f, 1.2f, -0.5f, 0.4f, 2, -1, 0.3f, 0.9f];

    static double[] RunText(string text, string pipeline, TensorData x)
    {
        var model = OnnxParser.Parse(text, "test").OrThrow();
        var bound = PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow();
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }, new OrtOptimizer()).Run(bound, model);
        Assert.Empty(run.Diagnostics);
        Assert.All(run.Reports, r => Assert.True(r.Changed > 0, $"{r.Pass}: {string.Join(", ", r.Skipped.Keys)}"));
        return Quantization.WeightModels.Run(model, x);
    }

    // Expert e gives 1 in place e: the output is the weights.
    static string Text()
    {
        var (up, down) = (new float[8 * 8 * 8], new float[8 * 8 * 8]);
        // Unit 0 is always 1: it sees x and -x through units 0 and 1, so a sum of positive parts of a constant sign is made by input 4, which is 2.
        for (var e = 0; e < 8; e++) (up[e * 64 + 4 * 8], down[e * 64 + e]) = (0.5f, 1);
        string List(float[] values) => string.Join(", ", values.Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return GroupLimited.Replace("UP", List(up), StringComparison.Ordinal).Replace("DOWN", List(down), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("find-experts")]
    [InlineData("find-experts, lower-experts{form=grouped}")]
    [InlineData("find-experts, lower-experts{form=dense}")]
    [InlineData("find-experts, lower-experts{form=moe}")]
    public void Routers_that_choose_groups_first_keep_their_weights(string pipeline)
    {
        var y = RunText(Text(), pipeline, TensorData.Floats(Logits, 1, 8));
        double[] expected = [0, 0, 0.86712, 0, 0, 0, 0, 1.63288];
        Assert.All(expected.Zip(y), pair => Assert.Equal(pair.First, pair.Second, 4));
    }

    const string TopOne = """
        <ir_version: 10, opset_import: ["": 18]>
        g (float[t,2] x) => (float[t,2] y) <int64[1] k = {1}, int64[1] last = {-1}, int64[1] slot = {1}, int64[1] front = {0}, int64 depth = {2}, float[2] onehot = {0, 1},
            float[2,2,2] up = {2.56, 0, 0, 0, 2.56, 0, 0, 0}, float[2,2,2] down = {1, 1, 0, 0, 1, 1, 0, 0}> {
          p = Softmax <axis = -1> (x)
          v, i = TopK <axis = -1> (p, k)
          o = OneHot <axis = -1> (i, depth, onehot)
          wu = Unsqueeze (v, last)
          om = Mul (o, wu)
          rw = ReduceSum <keepdims = 0> (om, slot)
          rt = Transpose <perm = [1, 0]> (rw)
          ru = Unsqueeze (rt, last)
          xs = Unsqueeze (x, front)
          u = MatMul (xs, up)
          a = Relu (u)
          d = MatMul (a, down)
          m = Mul (d, ru)
          y = ReduceSum <keepdims = 0> (m, front)
        }
        """;

    [Theory]
    [InlineData("find-experts")]
    [InlineData("find-experts, lower-experts{form=grouped}")]
    [InlineData("find-experts, lower-experts{form=moe}")]
    public void One_expert_keeps_the_weight_that_it_has_among_all(string pipeline)
    {
        // Both experts give 2.56, and the softmax of (1, 0) is 0.731.
        var y = RunText(TopOne, pipeline, TensorData.Floats([1, 0], 1, 2));
        Assert.All(y, v => Assert.Equal(1.871511, v, 1e-5));
    }

    [Fact]
    public void Quantized_experts_keep_the_weight_that_the_operator_would_make_one()
    {
        // As before, with extents that blocks fill, and the input at the end of each row.
        var (up, down) = (new float[2 * 16 * 16], new float[2 * 16 * 16]);
        for (var e = 0; e < 2; e++) (up[e * 256], down[e * 256]) = (2.56f, 1);
        string List(float[] values) => string.Join(", ", values.Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var text = TopOne.Replace("float[2,2,2] up = {2.56, 0, 0, 0, 2.56, 0, 0, 0}", $"float[2,16,16] up = {{{List(up)}}}", StringComparison.Ordinal)
            .Replace("float[2,2,2] down = {1, 1, 0, 0, 1, 1, 0, 0}", $"float[2,16,16] down = {{{List(down)}}}, int64[2] experts = {{0, 1}}", StringComparison.Ordinal)
            .Replace("float[t,2] x", "float[t,16] x", StringComparison.Ordinal).Replace("float[t,2] y", "float[t,16] y", StringComparison.Ordinal)
            .Replace("p = Softmax <axis = -1> (x)", "two = Gather <axis = 1> (x, experts) p = Softmax <axis = -1> (two)", StringComparison.Ordinal);
        var x = new float[16];
        x[0] = 1;
        var y = RunText(text, "find-experts, quantize-experts{by=outliers, high=int8, low=int8, average=8, block=16, form=qmoe}", TensorData.Floats(x, 1, 16));
        // The largest weight of a block is one code of 8 bits; the activations have 8 bits as well.
        Assert.Equal(1.871511, y[0], 0.03);
        Assert.True(y[0] < 2.2, "without weights of the router it would be 2.56");
    }
}
