using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Tests.Text;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class RuntimeHazardsTests
{
    // ONNX Runtime ends the process over this one: a failure of this test is the end of the test run.
    const string Attention = "y = Attention <q_num_heads = 9, kv_num_heads = 0> (q, k, k)";

    [Fact]
    public void A_model_that_would_end_the_process_is_not_shown_to_ONNX_Runtime()
    {
        var model = Model(Attention);
        Assert.Contains("`kv_num_heads`", new TypeInference().Infer(model), StringComparison.Ordinal);
        Assert.Contains("`kv_num_heads`", RuntimeHazards.Find(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("y = Conv <group = 0> (q, k)", true)]
    [InlineData("y = MaxPool <kernel_shape = [2], strides = [0]> (q)", true)]
    [InlineData("y = com.microsoft.RotaryEmbedding <num_heads = 0> (q, k, k, k)", false)]
    [InlineData("y = Concat <axis = 0> (q, k)", false)]
    [InlineData("y = DequantizeLinear <block_size = 0> (q, k)", false)]
    public void Zeros_that_mean_something_pass(string node, bool refused) => Assert.Equal(refused, RuntimeHazards.Find(Model(node)) is not null);

    [Fact]
    public void A_shape_without_end_is_not_shown_to_ONNX_Runtime()
    {
        var model = Texts.Parse("<ir_version: 11, opset_import: [\"\" : 23]>\ng (float[2] x, int64[2147483648] s) => (y) { y = Reshape (x, s) }");
        Assert.Null(new TypeInference().Infer(model));
        Assert.Null(Assert.IsType<TensorType>(model.Main.Outputs[0].Type).Shape);
        Assert.Contains("more elements than", RuntimeHazards.Find(model), StringComparison.Ordinal);
    }

    static Model Model(string node) =>
        Texts.Parse($"<ir_version: 11, opset_import: [\"\" : 23, \"com.microsoft\" : 1]>\ng (float[2,4,72] q, float[2,6,24] k) => (y) {{ {node} }}");
}
