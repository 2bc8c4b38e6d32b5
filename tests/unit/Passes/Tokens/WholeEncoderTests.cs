using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Tokens;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Tokens;

/// <summary>Encoders of text and of sound, from what a user feeds them to what they answer, and what is said of those that cannot merge.</summary>
public sealed class WholeEncoderTests
{
    const int Width = 8;

    static IReadOnlyList<BlockFact> Facts(string text)
    {
        var model = OnnxParser.Parse(text, "encoder").OrThrow();
        new TypeInference().Infer(model);
        return BlockReport.Of(model);
    }

    static Model Merged(string text, string pipeline)
    {
        var model = OnnxParser.Parse(text, "encoder").OrThrow();
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }).Run(PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow(), model);
        Assert.Empty(run.Diagnostics);
        return model;
    }

    static float[] Output(Model model, SessionSettings settings, Dictionary<string, RuntimeValue> inputs)
    {
        using var session = OrtModel.Load(ModelWriter.ToBytes(model), settings).OrThrow();
        return ((TensorValue)session.Run(inputs).OrThrow()["y"]).Data.ToArray<float>();
    }

    // Merging in the first block, where tokens are equal in pairs, and then in both.
    static void AssertMerges(string text, string exact, Dictionary<string, RuntimeValue> inputs)
    {
        var original = OnnxParser.Parse(text, "encoder").OrThrow();
        var expected = Output(original, SessionSettings.Default, inputs);
        var merged = Merged(text, $"merge-tokens{{schedule={exact}, proportional=on}}");
        Assert.Single(merged.Main.Nodes, n => n.Op.Name == "BipartiteMerge");
        foreach (var settings in new[] { SessionSettings.Default, SessionSettings.Default.WithKernels(), SessionSettings.Unoptimized })
            AssertNear(expected, Output(merged, settings, inputs));
        var both = Merged(text, "merge-tokens{r=2}");
        Assert.Equal(2, both.Main.Nodes.Count(n => n.Op.Name == "BipartiteMerge"));
        AssertNear(Output(both, SessionSettings.Default, inputs), Output(both, SessionSettings.Default.WithKernels(), inputs));
    }

    static void AssertNear(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        foreach (var (a, b) in expected.Zip(actual)) Assert.Equal(a, b, 2e-4f * (1 + Math.Abs(a)));
    }

    static void AssertBlocks(string text, long tokens, string head) =>
        Assert.All(Facts(text), f => Assert.Equal((0, tokens, (long)Width, 2L, "behind", head, null), (f.Chain, f.Tokens, f.Width, f.Heads, f.Norm, f.Head, f.Obstacle)));

    static TensorValue Integers(params long[] values) => new(TensorData.Of<long>(ElementType.Int64, [values.Length / WholeEncoders.Words, WholeEncoders.Words], values));

    [Fact]
    public void Words_merge_between_their_table_and_a_masked_mean()
    {
        var text = WholeEncoders.Text("padding");
        Assert.Equal(2, Facts(text).Count);
        AssertBlocks(text, WholeEncoders.Words, "mean");
        AssertMerges(text, "[4, 0]", new()
        {
            ["input_ids"] = Integers(3, 3, 7, 7, 1, 1, 9, 9, 12, 12, 4, 4, 18, 18, 0, 0),
            ["attention_mask"] = Integers(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0),
        });
    }

    [Fact]
    public void Frames_merge_between_convolutions_and_a_mean()
    {
        var text = WholeEncoders.Audio();
        Assert.Equal(2, Facts(text).Count);
        AssertBlocks(text, WholeEncoders.Frames, "mean");
        // The same sound all the way: only frames at both ends, which see the border, differ from their neighbours.
        var sound = new float[3 * WholeEncoders.Samples];
        for (var i = 0; i < sound.Length; i++) sound[i] = i / WholeEncoders.Samples - 0.7f;
        AssertMerges(text, "[6, 0]", new() { ["sound"] = new TensorValue(TensorData.Floats(sound, 1, 3, WholeEncoders.Samples)) });
    }

    [Theory]
    [InlineData("causal", "8", "tokens look back only: a causal mask cannot be merged")]
    [InlineData("causal-where", "8", "tokens look back only: a causal mask cannot be merged")]
    [InlineData("pairs", "8", "its mask has an entry for each pair of tokens, which does not tell what becomes of merged ones")]
    [InlineData("numbers", "8", "its mask comes in as numbers to add: export one that is 1 for tokens and 0 for padding")]
    [InlineData("padding", "length", "the number of tokens is not fixed: export the model with a fixed one")]
    public void What_cannot_merge_says_why(string mask, string tokens, string reason)
    {
        var facts = Facts(WholeEncoders.Text(mask, tokens));
        Assert.Equal(2, facts.Count);
        Assert.Equal(reason, facts[0].Obstacle);
    }

    [Theory]
    [InlineData("com.microsoft.Attention <num_heads = 2, unidirectional = 1> (x, w, b)", "tokens look back only: a causal mask cannot be merged")]
    [InlineData("com.microsoft.Attention <num_heads = 2> (x, w, b, lengths)", "its mask tells how many tokens are real: export one with an entry for each token")]
    [InlineData("com.microsoft.Attention <num_heads = 2> (x, w, b, square)", "its mask has an entry for each pair of tokens, which does not tell what becomes of merged ones")]
    public void Operators_of_attention_that_cannot_merge_say_why(string attention, string reason)
    {
        var text = $$"""
            <ir_version: 8, opset_import: ["": 17, "com.microsoft": 1]>
            g (float[2,4,4] x, float[4,12] w, float[12] b, int32[2] lengths, int32[2,4,4] square) => (float[2,4] y) {
              m = {{attention}}
              h = Add (x, m)  y = ReduceMean <axes = [1], keepdims = 0> (h)
            }
            """;
        Assert.Equal(reason, Assert.Single(Facts(text)).Obstacle);
    }

    [Fact]
    public void Keys_that_a_later_call_takes_are_said_to_be_in_the_way()
    {
        const string Text = """
            <ir_version: 8, opset_import: ["": 17, "com.microsoft": 1]>
            g (float[2,4,4] x, float[4,12] w, float[12] b) => (float[2,4] y, float[2,2,2,4,2] present) {
              m, present = com.microsoft.Attention <num_heads = 2> (x, w, b)
              h = Add (x, m)  y = ReduceMean <axes = [1], keepdims = 0> (h)
            }
            """;
        Assert.Equal("it hands on keys and values, which a later call expects for every token", Assert.Single(Facts(Text)).Obstacle);
    }
}
