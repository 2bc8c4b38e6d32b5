using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Experts;
using Onnxc.Runtime;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Experts;

/// <summary>ONNX Runtime's own nodes of experts, where they do not run on processors or have closed results.</summary>
public sealed class FusedExpertTests
{
    static Model Find(string text)
    {
        var model = OnnxParser.Parse(text, "test").OrThrow();
        var cx = new PassContext("find-experts", null, new StepGate(), null, new TypeInference());
        new FindExperts().Run(model, cx);
        Assert.Equal(1, cx.Changed);
        Assert.Empty(Verifier.Check(model));
        return model;
    }

    [Theory]
    [InlineData("activation_type = \"silu\"")]
    [InlineData("activation_type = \"swiglu\", swiglu_fusion = 0")]
    public void A_third_matrix_is_what_the_gate_is_multiplied_with(string attributes)
    {
        var model = Find($$"""
            <ir_version: 10, opset_import: ["": 18, "com.microsoft": 1]>
            g (float[t,2] x, float[t,2] logits) => (float[t,2] y) <float[2,1,2] one = {1, 2, 3, 4}, float[2,2,1] two = {5, 6, 7, 8}, float[2,1,2] three = {9, 10, 11, 12}> {
              y = com.microsoft.MoE <k = 1, {{attributes}}> (x, logits, one, "", two, "", three)
            }
            """);
        var layer = model.Main.Nodes.Select(ExpertLayer.Read).OfType<ExpertLayer>().Single();
        Assert.Equal(new ExpertForm(ExpertActivation.Silu, true), layer.Form);
        Assert.Equal([1, 2, 3, 4], layer.Gate!.Constant!.ToArray<float>());
        Assert.Equal([9, 10, 11, 12], layer.Up.Constant!.ToArray<float>());
        Assert.Equal([5, 6, 7, 8], layer.Down.Constant!.ToArray<float>());
    }

    [Fact]
    public void Halves_that_stand_behind_each_other_are_parted()
    {
        var model = Find("""
            <ir_version: 10, opset_import: ["": 18, "com.microsoft": 1]>
            g (float[t,1] x, float[t,2] logits) => (float[t,1] y) <float[2,4,1] both = {1, 2, 3, 4, 5, 6, 7, 8}, float[2,1,2] down = {1, 1, 1, 1}> {
              y = com.microsoft.MoE <activation_type = "swiglu", swiglu_fusion = 2> (x, logits, both, "", down)
            }
            """);
        var layer = model.Main.Nodes.Select(ExpertLayer.Read).OfType<ExpertLayer>().Single();
        Assert.Equal([1, 2, 5, 6], layer.Gate!.Constant!.ToArray<float>());
        Assert.Equal([3, 4, 7, 8], layer.Up.Constant!.ToArray<float>());
    }

    // Both experts give 2.56, and the softmax of (1, 0) is 0.731: weights of the router are kept, without them one expert has weight 1.
    [Theory]
    [InlineData("normalize_routing_weights = 1", "", 2.56)]
    [InlineData("normalize_routing_weights = 0", ", \"\", \"\", \"\", \"\", \"\", \"\", p", 1.871511)]
    public void One_quantized_expert_has_the_weight_that_the_operator_gives_it(string attributes, string weights, double expected)
    {
        var zeros = string.Join(", ", Enumerable.Repeat("128", 2 * 16 * 16));
        string Numbers(string number, int count) => string.Join(", ", Enumerable.Repeat(number, count));
        var text = $$"""
            <ir_version: 10, opset_import: ["": 18, "com.microsoft": 1]>
            g (float[1,16] x) => (float[1,16] y) <int64[2] experts = {0, 1}, uint8[2,16,16] codes = {{{zeros}}}, float[2,16] scales = {{{Numbers("1", 32)}}}, float[2,16] bias = {{{Numbers("2.56", 32)}}}> {
              logits = Gather <axis = 1> (x, experts)
              p = Softmax <axis = -1> (logits)
              y = com.microsoft.QMoE <k = 1, expert_weight_bits = 8, weights_prepacked = 0, {{attributes}}> (x, logits, codes, scales, "", codes, scales, bias{{weights}})
            }
            """;
        float[] x = [1, .. new float[15]];
        foreach (var model in new[] { OnnxParser.Parse(text, "test").OrThrow(), Find(text) })
            Assert.All(Quantization.WeightModels.Run(model, TensorData.Floats(x, 1, 16)), y => Assert.Equal(expected, y, 1e-5));
    }
}
