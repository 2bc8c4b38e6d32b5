using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class NodeProfileTests
{
    [Fact]
    public void Every_node_has_a_time()
    {
        const string Text = "<ir_version: 8, opset_import: [\"\": 17]> g (float[n,64] x, float[64,64] w) => (float[n,64] y) { p = MatMul (x, w)  y = Tanh (p) }";
        var options = new BenchmarkOptions { Runs = 3, Warmup = 1, Settings = SessionSettings.Unoptimized, Shapes = ShapeOverrides.Parse(["n=64"]).OrThrow() };
        var nodes = new NodeProfile(options).Run(ModelSource.Bytes(ModelWriter.ToBytes(OnnxParser.Parse(Text, "two").OrThrow()))).OrThrow();
        Assert.Equal(["MatMul", "Tanh"], nodes.Select(n => n.Op));
        Assert.All(nodes, n => Assert.True(n.Milliseconds > 0));
    }
}
