using Google.Protobuf;
using Onnxc.Serialization.Proto;

namespace Onnxc.Tests.Serialization;

/// <summary>Short ways to make messages, good ones and bad ones.</summary>
static class Protos
{
    public static ModelProto Model(params NodeProto[] nodes) => new()
    {
        IrVersion = 8,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } },
        Graph = new GraphProto { Name = "g", Node = { nodes } },
    };

    public static NodeProto Node(string op, string[] inputs, string[] outputs, params AttributeProto[] attributes) =>
        new() { OpType = op, Input = { inputs }, Output = { outputs }, Attribute = { attributes } };

    public static NodeProto Constant(string output, params long[] values) =>
        Node("Constant", [], [output], new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = Int64s("", values) });

    public static TensorProto Int64s(string name, params long[] values) =>
        new() { Name = name, DataType = 7, Dims = { values.Length }, Int64Data = { values } };

    public static TensorProto Raw(string name, TensorProto.Types.DataType type, long[] dims, byte[] data) =>
        new() { Name = name, DataType = (int)type, Dims = { dims }, RawData = ByteString.CopyFrom(data) };

    public static ValueInfoProto Info(string name, TensorProto.Types.DataType type, params long[] dims)
    {
        var shape = new TensorShapeProto();
        foreach (var dim in dims) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = dim });
        return new()
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dims.Length == 0 ? null : shape } },
        };
    }

    public static AttributeProto GraphAttribute(string name, GraphProto graph) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };

    public static byte[] Bytes(ModelProto model) => model.ToByteArray();
}
