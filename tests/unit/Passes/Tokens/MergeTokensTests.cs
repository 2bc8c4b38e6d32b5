using Onnxc.Calibration;
using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Shapes;
using Onnxc.Passes.Tokens;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Tokens;

/// <summary>
/// Tokens that are equal count by their sizes like the tokens that they were, so merging them changes nothing but rounding: in every form of a block,
/// through every kind of head.
/// </summary>
public sealed class MergeTokensTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-tokens-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Forms => [.. EncoderForms.Names];

    static PassRun Run(Model model, string pipeline, ITensorReader? tensors = null) =>
        new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check, Tensors = tensors }).Run(PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow(), model);

    static Model Merged(string text, string pipeline, ITensorReader? tensors = null)
    {
        var model = OnnxParser.Parse(text, "form").OrThrow();
        var run = Run(model, pipeline, tensors);
        Assert.Empty(run.Diagnostics);
        return model;
    }

    static float[] Output(Model model, TensorData x, SessionSettings settings)
    {
        using var session = OrtModel.Load(ModelWriter.ToBytes(model), settings).OrThrow();
        return ((TensorValue)session.Run(new Dictionary<string, RuntimeValue> { ["x"] = new TensorValue(x) }).OrThrow()["y"]).Data.ToArray<float>();
    }

    // Behind tokens that stay, every token at an even place is equal to one at an odd place, and to no other.
    static TensorData Doubled(string form, int tokens, int batch)
    {
        var random = new SplitMix(3);
        var first = tokens == 10 ? 2 : tokens == 9 ? 1 : 0;
        var values = new float[batch * tokens * EncoderForms.Width];
        for (var b = 0; b < batch; b++)
            for (var t = 0; t < tokens; t++)
                for (var i = 0; i < EncoderForms.Width; i++)
                {
                    var at = (b * tokens + t) * EncoderForms.Width + i;
                    values[at] = t < first || (t - first) % 2 == 0 ? (float)random.Normal() : values[at - EncoderForms.Width];
                }
        return TensorData.Floats(values, batch, tokens, EncoderForms.Width);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Equal_tokens_merge_without_a_difference(string form)
    {
        var (text, tokens) = EncoderForms.Of(form);
        foreach (var schedule in new[] { "[4, 0]", "[0, 4]", "[3, 0]" })
        {
            var merged = Merged(text, $"merge-tokens{{schedule={schedule}, proportional=on}}");
            var node = Assert.Single(merged.Main.Nodes, n => n.Op.Name == "BipartiteMerge");
            Assert.Equal(form is not ("pooled" or "batch-norm" or "softmax-pooled") ? 1 : 0, node.Attributes.Int("class_token"));
            Assert.Equal(form == "distilled" ? 1 : 0, node.Attributes.Int("distillation_token"));
            foreach (var batch in new[] { 1, 3 })
            {
                var x = Doubled(form, tokens, batch);
                var expected = Output(OnnxParser.Parse(text, form).OrThrow(), x, SessionSettings.Default);
                foreach (var settings in new[] { SessionSettings.Default, SessionSettings.Default.WithKernels(), SessionSettings.Unoptimized })
                    foreach (var (a, b) in expected.Zip(Output(merged, x, settings))) Assert.Equal(a, b, 2e-4f * (1 + Math.Abs(a)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Tokens_merge_in_both_blocks_and_drop_in_both(string form)
    {
        var (text, tokens) = EncoderForms.Of(form);
        var random = new SplitMix(8);
        var x = TensorData.Floats([.. Enumerable.Range(0, 2 * tokens * EncoderForms.Width).Select(_ => (float)random.Normal())], 2, tokens, EncoderForms.Width);
        foreach (var method in form is "fused" or "joined" or "skip-norm" ? ["tome"] : new[] { "tome", "drop" })
        {
            var merged = Merged(text, $"merge-tokens{{r=2, method={method}}}");
            Assert.Equal(2, merged.Main.Nodes.Count(n => n.Op.Name == (method == "drop" ? "GatherElements" : "BipartiteMerge")));
            var (function, kernel) = (Output(merged, x, SessionSettings.Default), Output(merged, x, SessionSettings.Default.WithKernels()));
            foreach (var (a, b) in function.Zip(kernel)) Assert.Equal(a, b, 1e-4f * (1 + Math.Abs(a)));
            Assert.NotEqual(Output(OnnxParser.Parse(text, form).OrThrow(), x, SessionSettings.Default), function);
        }
    }

    [Fact]
    public void Without_pairs_nothing_changes()
    {
        var (text, _) = EncoderForms.Of("timm");
        Assert.Equal(OnnxPrinter.Print(OnnxParser.Parse(text, "timm").OrThrow()), OnnxPrinter.Print(Merged(text, "merge-tokens{r=0}")));
    }

    [Fact]
    public void No_more_pairs_merge_than_there_are()
    {
        var model = Merged(EncoderForms.Of("timm").Text, "merge-tokens{r=100}");
        Assert.Equal([4L, 2L], model.Main.Nodes.Where(n => n.Op.Name == "BipartiteMerge").Select(n => n.Attributes.Int("r")!.Value));
    }

    [Theory]
    [InlineData("merge-tokens", "ONNXC0361")]
    [InlineData("merge-tokens{r=1, keep=0.5}", "ONNXC0361")]
    [InlineData("merge-tokens{r=-1}", "ONNXC0361")]
    [InlineData("merge-tokens{keep=2}", "ONNXC0361")]
    [InlineData("merge-tokens{schedule=[a]}", "ONNXC0361")]
    [InlineData("merge-tokens{r=1, weights=\"w.npz\"}", "ONNXC0361")]
    [InlineData("merge-tokens{schedule=[1]}", "ONNXC0363")]
    [InlineData("merge-tokens{compression=low}", "ONNXC0363")]
    [InlineData("merge-tokens{schedule=vit-b-low}", "ONNXC0363")]
    [InlineData("merge-tokens{r=1, method=pyra, weights=\"w.npz\"}", "ONNXC0364")]
    [InlineData("merge-tokens{schedule=auto}", "ONNXC0365")]
    public void What_cannot_be_is_refused(string pipeline, string id)
    {
        var run = Run(OnnxParser.Parse(EncoderForms.Of("timm").Text, "timm").OrThrow(), pipeline);
        Assert.Contains(run.Diagnostics, d => d.Descriptor.Id == id);
    }

    [Fact]
    public void A_model_without_attention_is_refused() =>
        Assert.Contains(Run(OnnxParser.Parse("<ir_version: 8, opset_import: [\"\": 17]> g (float[2] x) => (float[2] y) { y = Relu (x) }", "relu").OrThrow(), "merge-tokens{r=1}").Diagnostics, d => d.Descriptor.Id == "ONNXC0362");

    [Fact]
    public void Shares_are_spread_evenly() => Assert.Equal([2L, 2, 1], MergeSchedule.Keeping(0.5, 3, 10));

    /// <summary>Published: 197 tokens become 11 and 5, 198 with one of distillation likewise; none of the numbers is cut.</summary>
    [Theory]
    [InlineData("vit-b-low", 197, 1, 11)]
    [InlineData("vit-b-high", 197, 1, 5)]
    [InlineData("vit-l-low", 197, 1, 7)]
    [InlineData("vit-l-high", 197, 1, 5)]
    [InlineData("deit-b-high", 198, 2, 6)]
    public void Published_schedules_leave_so_many_tokens(string name, int tokens, int kept, int left)
    {
        var pairs = MergeSchedule.Published[name];
        Assert.Equal(pairs, MergeSchedule.Clamp(pairs, tokens, kept));
        Assert.Equal(left, tokens - pairs.Sum());
    }

    /// <summary>Products of queries, keys, values, projection, scores and mixture for all tokens; of the perceptron for those that are left.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 1)]
    [InlineData(4, 2)]
    public void Products_of_the_graph_are_those_of_the_schedule(int first, int second)
    {
        var (text, tokens) = EncoderForms.Of("timm");
        const long Square = EncoderForms.Width * EncoderForms.Width;
        long expected = 0, count = tokens;
        foreach (var pairs in new[] { first, second })
        {
            expected += 4 * count * Square + 2 * count * count * EncoderForms.Width + 4 * (count - pairs) * Square;
            count -= pairs;
        }
        var merged = ModelReader.Read(ModelWriter.ToBytes(Merged(text, $"merge-tokens{{schedule=[{first}, {second}]}}"))).OrThrow();
        Assert.Equal(expected, ProductCount.Of(merged, new TypeInference()));
    }

    [Fact]
    public void Products_of_unknown_shapes_are_not_counted()
    {
        const string Text = "<ir_version: 8, opset_import: [\"\": 17]> g (float[2,n] x, int64[2] s, float[4,3] w) => (float[2,3] y) { r = Reshape (x, s)  y = MatMul (r, w) }";
        Assert.Null(ProductCount.Of(OnnxParser.Parse(Text, "open").OrThrow(), new TypeInference()));
    }

    [Fact]
    public void Convolutions_and_turned_products_count_their_weights()
    {
        const string Text = """
            <ir_version: 8, opset_import: ["": 17]>
            g (float[n,2,6,6] x, float[4,1,3,3] w, float[5,64] v) => (float[n,5] y) {
              c = Conv <group = 2, kernel_shape = [3,3]> (x, w)
              f = Flatten (c)
              y = Gemm <transB = 1> (f, v)
            }
            """;
        Assert.Equal(4 * 16 * 9 + 64 * 5, ProductCount.Of(OnnxParser.Parse(Text, "convolution").OrThrow(), new TypeInference()));
    }

    sealed class Weights(IReadOnlyDictionary<string, TensorData> tensors) : ITensorReader
    {
        public Result<IReadOnlyDictionary<string, TensorData>> Read(string path) => Result<IReadOnlyDictionary<string, TensorData>>.Ok(tensors);
    }

    static Dictionary<string, TensorData> Modulations(int pairs, float column) => Enumerable.Range(0, 2).SelectMany(b => new[]
    {
        KeyValuePair.Create($"blocks.{b}.W_r", TensorData.Floats([.. Enumerable.Repeat(0.5f, pairs)], pairs, 1)),
        KeyValuePair.Create($"blocks.{b}.W_D", TensorData.Floats([.. Enumerable.Repeat(column, EncoderForms.Width).Select((c, i) => c * (i - 3))], 1, EncoderForms.Width)),
    }).ToDictionary();

    [Fact]
    public void Modulation_without_column_weights_is_no_modulation()
    {
        var (text, tokens) = EncoderForms.Of("timm");
        var x = Doubled("timm", tokens, 2);
        var plain = Output(Merged(text, "merge-tokens{r=2}"), x, SessionSettings.Default.WithKernels());
        const string Pipeline = "merge-tokens{r=2, method=pyra, weights=\"w.npz\"}";
        Assert.Equal(plain, Output(Merged(text, Pipeline, new Weights(Modulations(2, 0))), x, SessionSettings.Default.WithKernels()));
        Assert.NotEqual(plain, Output(Merged(text, Pipeline, new Weights(Modulations(2, 0.3f))), x, SessionSettings.Default.WithKernels()));
    }

    [Fact]
    public void Weights_are_bound_to_their_schedule()
    {
        var run = Run(OnnxParser.Parse(EncoderForms.Of("timm").Text, "timm").OrThrow(), "merge-tokens{r=3, method=pyra, weights=\"w.npz\"}", new Weights(Modulations(2, 0)));
        var error = Assert.Single(run.Diagnostics);
        Assert.Equal("ONNXC0364", error.Descriptor.Id);
        Assert.Contains("`W_r` of block 0 is for 2 pairs, but the schedule merges 3", error.Message, StringComparison.Ordinal);
    }

    CompileResult Compile(string pipeline, string name, double maxDrop = 0.01, double minSpeedup = 0.01) => Compiler.Compile(new CompileOptions
    {
        Input = SharedData.Model("trained-cifar10-vit65/model.onnx"),
        Output = Path.Combine(folder, name),
        Pipeline = pipeline,
        Data = SharedData.Model("trained-cifar10-vit65/calib.npz"),
        DataLimit = 64,
        Gates = new QualityGates { MaxDrop = maxDrop, MinSpeedup = minSpeedup },
        Check = false,
    });

    [Fact]
    public void A_schedule_is_found_that_keeps_the_gates()
    {
        var result = Compile("merge-tokens{schedule=auto, samples=32}", "auto.onnx");
        Assert.True(result.Succeeded, string.Join('\n', result.Diagnostics));
        Assert.Contains(result.Diagnostics, d => d.Descriptor.Id == "ONNXC0367");
        Assert.Contains(ModelReader.Read(Path.Combine(folder, "auto.onnx")).OrThrow().Main.Nodes, n => n.Op.Name == "BipartiteMerge");
    }

    [Fact]
    public void A_schedule_is_found_that_reaches_a_speed()
    {
        // Without kernels, which are slow where they are not optimised, as in a build for tests.
        var result = Compile("merge-tokens{schedule=auto, method=drop, samples=32}", "fast.onnx", 1, 1.05);
        Assert.True(result.Succeeded, string.Join('\n', result.Diagnostics));
        Assert.Contains(ModelReader.Read(Path.Combine(folder, "fast.onnx")).OrThrow().Main.Nodes, n => n.Op.Is("GatherElements"));
    }

    [Fact]
    public void A_speed_that_cannot_be_had_leaves_the_model()
    {
        var result = Compile("merge-tokens{schedule=auto, samples=16, proportional=on}", "same.onnx", 1, 1000);
        Assert.True(result.Succeeded, string.Join('\n', result.Diagnostics));
        Assert.Contains(result.Diagnostics, d => d.Descriptor.Id == "ONNXC0367" && d.Message.Contains("nothing merges", StringComparison.Ordinal));
        Assert.DoesNotContain(ModelReader.Read(Path.Combine(folder, "same.onnx")).OrThrow().Main.Nodes, n => n.Op.Name == "BipartiteMerge");
    }

    [Fact]
    public void A_fit_says_what_it_gains()
    {
        var result = Compile("merge-tokens{r=10, method=pyra, samples=16, trials=2}", "fit.onnx", 1);
        Assert.True(result.Succeeded, string.Join('\n', result.Diagnostics));
        Assert.Contains(result.Diagnostics, d => d.Descriptor.Id == "ONNXC0368");
    }

    [Fact]
    public void Several_encoders_have_no_schedule_together()
    {
        const string Text = """
            <ir_version: 8, opset_import: ["": 17]>
            g (float[n,4,2] x, float[n,6,2] z) => (float[n,2] y) {
              kt = Transpose <perm = [0,2,1]> (x)  s = MatMul (x, kt)  p = Softmax (s)  m = MatMul (p, x)  h = Add (x, m)  a = ReduceMean <axes = [1], keepdims = 0> (h)
              kt2 = Transpose <perm = [0,2,1]> (z)  s2 = MatMul (z, kt2)  p2 = Softmax (s2)  m2 = MatMul (p2, z)  h2 = Add (z, m2)  b = ReduceMean <axes = [1], keepdims = 0> (h2)
              y = Add (a, b)
            }
            """;
        var path = Path.Combine(folder, "two.onnx");
        ModelWriter.Write(OnnxParser.Parse(Text, "two").OrThrow(), path);
        var result = Compiler.Compile(new CompileOptions { Input = path, Output = Path.Combine(folder, "out.onnx"), Pipeline = "merge-tokens{schedule=auto}" });
        Assert.Contains(result.Diagnostics, d => d.Descriptor.Id == "ONNXC0366");
        Assert.Equal(2, Merged(Text, "merge-tokens{r=1}").Main.Nodes.Count(n => n.Op.Name == "BipartiteMerge"));
    }
}
