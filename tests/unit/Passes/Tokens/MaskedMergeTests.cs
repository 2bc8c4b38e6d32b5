using System.Globalization;
using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Tokens;

/// <summary>Encoders that hide padding: tokens merge as if there were none, in every form that a mask is built in.</summary>
public sealed class MaskedMergeTests
{
    const int Width = 8;

    public static TheoryData<string> Styles => ["subtracted", "chosen", "expanded", "filled", "words", "joined-heads", "fused", "joined"];

    // Lines that make `mask` of `attention_mask`, how scores take it, and the operator in their place.
    static (string Make, string Apply) Of(string style) => style switch
    {
        "subtracted" => ("c = Cast <to = 1> (grid)  v = Sub (unity, c)  mask = Mul (v, low)", "masked@ = Add (scaled@, mask)"),
        "chosen" => ("b = Cast <to = 9> (grid)  mask = Where (b, nothing, lowest)", "masked@ = Add (scaled@, mask)"),
        "expanded" => ("c = Cast <to = 1> (grid)  e = Expand (c, square)  v = Sub (unity, e)  b = Cast <to = 9> (v)  mask = Where (b, lowest, v)", "masked@ = Add (scaled@, mask)"),
        "filled" => ("mask = Equal (grid, zero64)", "masked@ = Where (mask, lowest, scaled@)"),
        "words" => ("t = Not (known)  f = Cast <to = 1> (t)  g = Unsqueeze (f, twelve)  mask = Mul (g, low)", "masked@ = Add (scaled@, mask)"),
        "joined-heads" => ("c = Cast <to = 1> (grid)  v = Sub (unity, c)  e = Expand (v, perhead)  l = Mul (e, low)  mask = Reshape (l, flatheads)", "tall@ = Reshape (scaled@, flatscores)  hid@ = Add (tall@, mask)  masked@ = Reshape (hid@, fullscores)"),
        "fused" or "joined" => ("mask = Cast <to = 6> (attention_mask)", ""),
        _ => ("", "masked@ = Identity (scaled@)"),
    };

    static string Text(string style, int tokens)
    {
        var random = new SplitMix(21);
        var (make, apply) = Of(style);
        var lines = new List<string>();
        if (style != "none") lines.Add("row = Unsqueeze (attention_mask, one)  grid = Unsqueeze (row, two)  known = Greater (attention_mask, zero64) " + make);
        var weights = new List<string>();
        var x = "x";
        for (var i = 0; i < 3; i++)
        {
            foreach (var name in new[] { "q", "k", "v", "o", "f" }) weights.Add(Weight(string.Create(CultureInfo.InvariantCulture, $"float[8,8] {name}w{i}"), 64));
            var attention = style switch
            {
                "fused" => "ql@ = MatMul ($, qw@)  kl@ = MatMul ($, kw@)  vl@ = MatMul ($, vw@)  j@ = com.microsoft.MultiHeadAttention <num_heads = 2> (ql@, kl@, vl@, , mask)",
                "joined" => "all@ = Concat <axis = 1> (qw@, kw@, vw@)  j@ = com.microsoft.Attention <num_heads = 2> ($, all@, zeros24, mask)",
                _ => $"""
                    ql@ = MatMul ($, qw@)  qc@ = Reshape (ql@, heads)  q@ = Transpose <perm = [0,2,1,3]> (qc@)
                    kl@ = MatMul ($, kw@)  kc@ = Reshape (kl@, heads)  kt@ = Transpose <perm = [0,2,3,1]> (kc@)
                    vl@ = MatMul ($, vw@)  vc@ = Reshape (vl@, heads)  v@ = Transpose <perm = [0,2,1,3]> (vc@)
                    s@ = MatMul (q@, kt@)  scaled@ = Div (s@, root)
                    {apply}
                    p@ = Softmax <axis = -1> (masked@)  m@ = MatMul (p@, v@)  mt@ = Transpose <perm = [0,2,1,3]> (m@)  j@ = Reshape (mt@, joined)
                    """,
            };
            lines.Add((attention + "  a@ = MatMul (j@, ow@)  h@ = Add ($, a@)  n@ = LayerNormalization (h@, ones)  u@ = MatMul (n@, fw@)  r@ = Tanh (u@)  o@ = Add (n@, r@)")
                .Replace("@", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("$", x, StringComparison.Ordinal));
            x = string.Create(CultureInfo.InvariantCulture, $"o{i}");
        }
        lines.Add(style == "none" ? $"y = ReduceMean <axes = [1], keepdims = 0> ({x})"
            : $"extents = Shape ({x})  column = Unsqueeze (attention_mask, two)  wide = Expand (column, extents)  seen = Cast <to = 1> (wide)  shown = Mul ({x}, seen)  total = ReduceSum <keepdims = 0> (shown, one)  count = ReduceSum <keepdims = 0> (seen, one)  y = Div (total, count)");
        return $$"""
            <ir_version: 8, opset_import: ["": 17, "com.microsoft": 1]>
            g (float[batch,{{tokens}},8] x, int64[batch,{{tokens}}] attention_mask) => (float[batch,8] y)
            <{{string.Join(", ", weights)}}, float[8] ones = {1,1,1,1,1,1,1,1}, float[24] zeros24 = { {{string.Join(",", Enumerable.Repeat("0", 24))}} }, float unity = {1}, float low = {-10000}, float lowest = {-3.4028235e38}, float nothing = {0},
            int64 zero64 = {0}, float root = {2}, int64[1] one = {1}, int64[1] two = {2}, int64[2] twelve = {1, 2}, int64[4] square = {1, 1, {{tokens}}, 1}, int64[4] heads = {0, {{tokens}}, 2, 4}, int64[3] joined = {0, {{tokens}}, 8},
            int64[4] perhead = {1, 2, 1, 1}, int64[3] flatheads = {-1, 1, {{tokens}}}, int64[3] flatscores = {-1, {{tokens}}, {{tokens}}}, int64[4] fullscores = {-1, 2, {{tokens}}, {{tokens}}}> {
              {{string.Join("\n  ", lines)}}
            }
            """;

        string Weight(string name, int count) => $"{name} = {{{string.Join(", ", Enumerable.Range(0, count).Select(_ => (0.6 * random.Normal()).ToString("F4", CultureInfo.InvariantCulture)))}}}";
    }

    static float[] Run(string style, int tokens, string pipeline, SessionSettings settings, float[] x, long[] mask)
    {
        var model = OnnxParser.Parse(Text(style, tokens), style).OrThrow();
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }).Run(PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow(), model);
        Assert.Empty(run.Diagnostics);
        Assert.Equal(pipeline.Length == 0 ? 0 : 3, model.Main.Nodes.Count(n => n.Op.Name is "BipartiteMerge" or "TopK") / (pipeline.Contains("drop", StringComparison.Ordinal) ? 2 : 1));
        using var session = OrtModel.Load(ModelWriter.ToBytes(model), settings).OrThrow();
        var inputs = new Dictionary<string, RuntimeValue> { ["x"] = new TensorValue(TensorData.Floats(x, mask.Length / tokens, tokens, Width)) };
        inputs["attention_mask"] = new TensorValue(TensorData.Of<long>(ElementType.Int64, [mask.Length / tokens, tokens], mask));
        return ((TensorValue)session.Run(inputs).OrThrow()["y"]).Data.ToArray<float>();
    }

    static void AssertNear(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach (var (a, b) in expected.Zip(actual)) Assert.Equal(a, b, 1e-5f * (1 + Math.Abs(a)));
    }

    static float[] Normal(int seed, int count)
    {
        var random = new SplitMix((ulong)seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.Normal())];
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void A_mask_that_hides_nothing_is_no_mask(string style)
    {
        var x = Normal(4, 2 * 9 * Width);
        long[] mask = [.. Enumerable.Repeat(1L, 18)];
        foreach (var settings in new[] { SessionSettings.Default, SessionSettings.Default.WithKernels() })
            AssertNear(Run("none", 9, "merge-tokens{r=2}", settings, x, mask), Run(style, 9, "merge-tokens{r=2}", settings, x, mask));
    }

    /// <summary>Sequences of several lengths in one batch, each of them like itself alone; shorter ones have no more pairs than there are.</summary>
    [Theory]
    [MemberData(nameof(Styles))]
    public void Padding_changes_nothing(string style)
    {
        const int Most = 12;
        var x = Normal(5, 4 * Most * Width);
        int[] lengths = [12, 9, 5, 2];
        long[] mask = [.. lengths.SelectMany(l => Enumerable.Range(0, Most).Select(t => t < l ? 1L : 0))];
        foreach (var pipeline in new[] { "", "merge-tokens{r=2}", "merge-tokens{r=2, proportional=off}" })
            foreach (var settings in new[] { SessionSettings.Default, SessionSettings.Default.WithKernels(), SessionSettings.Unoptimized })
            {
                var padded = Run(style, Most, pipeline, settings, x, mask);
                for (var b = 0; b < lengths.Length; b++)
                {
                    // Two tokens by themselves have no pairs for three blocks.
                    if (lengths[b] == 2 && pipeline.Length > 0) continue;
                    var alone = x.AsSpan(b * Most * Width, lengths[b] * Width).ToArray();
                    AssertNear(Run("none", lengths[b], pipeline, settings, alone, [.. Enumerable.Repeat(1L, lengths[b])]), padded[(b * Width)..((b + 1) * Width)]);
                }
            }
    }

    [Fact]
    public void Padding_is_dropped_first()
    {
        var x = Normal(6, 9 * Width);
        long[] mask = [1, 1, 1, 0, 0, 0, 0, 0, 0];
        AssertNear(Run("subtracted", 9, "", SessionSettings.Default, x, mask), Run("subtracted", 9, "merge-tokens{r=2, method=drop}", SessionSettings.Default, x, mask));
    }

    [Fact]
    public void Where_all_is_padding_nothing_breaks() =>
        Assert.All(Run("subtracted", 9, "merge-tokens{r=2}", SessionSettings.Default.WithKernels(), Normal(7, 18 * Width), [.. Enumerable.Repeat(0L, 9), .. Enumerable.Repeat(1L, 9)])[Width..], v => Assert.True(float.IsFinite(v)));
}
