using Microsoft.ML.OnnxRuntime;
using Onnxc.Serialization;
using Onnxc.Serialization.Proto;
using Xunit;

namespace Onnxc.Tests.Serialization;

public sealed class ReaderTests
{
    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    public void Of_constants_with_one_name_the_one_counts_that_ONNX_Runtime_takes(int constants, int initializers)
    {
        var proto = Protos.Model(Protos.Node("Identity", ["c"], ["y"]));
        for (var i = 0; i < constants; i++) proto.Graph.Node.Add(Protos.Constant("c", 10 + i));
        for (var i = 0; i < initializers; i++) proto.Graph.Initializer.Add(Protos.Int64s("c", 20 + i));
        proto.Graph.Output.Add(Protos.Info("y", TensorProto.Types.DataType.Int64));
        using var session = new InferenceSession(Protos.Bytes(proto));
        using var outputs = session.Run([]);
        var expected = outputs[0].AsTensor<long>().ToArray()[0];

        var model = ModelReader.Read(Protos.Bytes(proto)).OrThrow();
        var identity = model.Main.Nodes.Single(n => n.Op.Is("Identity"));

        Assert.Equal(expected, identity.Input(0)!.Constant!.ToArray<long>()[0]);
        Assert.Equal(proto, ModelProto.Parser.ParseFrom(ModelWriter.ToBytes(model)));
    }
}
