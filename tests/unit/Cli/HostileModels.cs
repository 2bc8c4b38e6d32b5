using Google.Protobuf;
using Onnxc.Serialization.Proto;
using Onnxc.Tests.Serialization;
using Type = Onnxc.Serialization.Proto.TensorProto.Types.DataType;
using static Onnxc.Tests.Serialization.WireBytes;

namespace Onnxc.Tests.Cli;

/// <summary>One file of each hostile kind.</summary>
static class HostileModels
{
    const long Huge = 1L << 40;

    /// <summary>Files that must be refused, with the error that says why.</summary>
    public static readonly IReadOnlyDictionary<string, (string Id, Func<byte[]> Bytes)> Refused = new SortedDictionary<string, (string, Func<byte[]>)>(StringComparer.Ordinal)
    {
        ["empty"] = ("ONNXC0003", () => []),
        ["truncated"] = ("ONNXC0005", () => Initializer(Protos.Raw("w", Type.Float, [300], new byte[1200]))[..^700]),
        ["random"] = ("ONNXC0004", Noise),
        ["deep nesting"] = ("ONNXC0006", () => WireBytes.DeepGraphs(20_000)),
        ["nesting beyond the limit"] = ("ONNXC0006", () => WireBytes.DeepGraphs(100)),
        ["length beyond the file"] = ("ONNXC0005", () => [8, 8, 0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]),
        ["raw data too short"] = ("ONNXC0008", () => Initializer(Protos.Raw("w", Type.Float, [1_000_000], new byte[8000]))),
        ["huge dims"] = ("ONNXC0008", () => Initializer(Protos.Raw("w", Type.Uint8, [Huge], []))),
        ["overflowing dims"] = ("ONNXC0008", () => Initializer(Protos.Raw("w", Type.Float, [1L << 62, 4], new byte[8]))),
        ["rank bomb"] = ("ONNXC0008", () => Initializer(Protos.Raw("w", Type.Float, [.. Enumerable.Repeat(1L, 100_000)], new byte[4]))),
        ["strings of two gigabytes"] = ("ONNXC0008", () => Initializer(new TensorProto { Name = "w", DataType = 8, Dims = { 1L << 31 }, StringData = { ByteString.CopyFrom(1) } })),
        ["string of two gigabytes"] = ("ONNXC0004", StringLength),
        ["sparse index outside"] = ("ONNXC0008", () => Sparse(1L << 50, 10)),
        ["sparse tensor of a terabyte"] = ("ONNXC0008", () => Sparse(0, Huge)),
        ["function cycle"] = ("ONNXC0013", () => Functions(2, cycle: true)),
        ["exponential functions"] = ("ONNXC0007", () => Functions(100, cycle: false)),
        ["cyclic graph"] = ("ONNXC0015", () => Bytes(Protos.Node("Add", ["x", "b"], ["a"]), Protos.Node("Abs", ["a"], ["b"]), Protos.Node("Abs", ["b"], ["y"]))),
    };

    /// <summary>Legal models of a few hundred bytes whose values would not fit anywhere.</summary>
    public static readonly IReadOnlyDictionary<string, Func<byte[]>> Bombs = new SortedDictionary<string, Func<byte[]>>(StringComparer.Ordinal)
    {
        ["ConstantOfShape"] = () => Bytes(Protos.Constant("n", Huge), Protos.Node("ConstantOfShape", ["n"], ["y"])),
        ["ConstantOfShape reduced"] = () => Bytes(Protos.Constant("n", 1L << 34), Protos.Node("ConstantOfShape", ["n"], ["c"]), Protos.Node("ReduceSum", ["c"], ["y"])),
        ["Expand to 100 GB"] = () => Bytes(Protos.Constant("c", 1), Protos.Constant("n", 100L << 27), Protos.Node("Expand", ["c", "n"], ["y"])),
        ["Expand beyond the budget"] = () => Bytes(Protos.Constant("c", 1), Protos.Constant("n", 1 << 27), Protos.Node("Expand", ["c", "n"], ["y"])),
        ["Tile"] = () => Bytes(Protos.Constant("c", 1), Protos.Constant("n", Huge), Protos.Node("Tile", ["c", "n"], ["y"])),
        ["Range"] = () => Bytes(Scalar("a", 0), Scalar("b", Huge), Scalar("d", 1), Protos.Node("Range", ["a", "b", "d"], ["y"])),
        ["Range of a computed length"] = () => Bytes(
            Scalar("a", 0), Scalar("b", 1L << 20), Protos.Node("Mul", ["b", "b"], ["bb"]), Scalar("d", 1), Protos.Node("Range", ["a", "bb", "d"], ["y"])),
        ["Loop"] = () => Bytes(Loop(1L << 60)),
        ["Loop in a branch"] = () => Bytes(Flag("yes"), Protos.Node("If", ["yes"], ["y"],
            Protos.GraphAttribute("then_branch", Body(Loop(1L << 60))), Protos.GraphAttribute("else_branch", Body(Protos.Constant("y", 1))))),
        ["Unsqueeze of many axes"] = () => Bytes(
            Protos.Constant("c", 1), Protos.Constant("axes", [.. Enumerable.Range(0, 50_000).Select(i => (long)i)]), Protos.Node("Unsqueeze", ["c", "axes"], ["y"])),
        ["Reshape to many axes"] = () => Bytes(
            Protos.Constant("c", 1), Protos.Constant("shape", [.. Enumerable.Repeat(1L, 50_000)]), Protos.Node("Reshape", ["c", "shape"], ["y"])),
        ["Pad"] = () => Bytes(Protos.Constant("c", 1), Protos.Constant("pads", 0, Huge), Protos.Node("Pad", ["c", "pads"], ["y"])),
        ["shape without end"] = () => ShapeWithoutEnd(),
        ["no heads"] = () => NoHeads(),
        ["doubled again and again"] = () => Bytes(
            [Protos.Constant("t0", 1), .. Enumerable.Range(0, 60).Select(i => Concat($"t{i}", $"t{i + 1}")), Protos.Node("Identity", ["t60"], ["y"])]),
    };

    /// <summary>A model whose only weight lies in <paramref name="location"/>.</summary>
    public static byte[] External(string location) => Initializer(new TensorProto
    {
        Name = "w",
        DataType = 1,
        Dims = { 2 },
        DataLocation = TensorProto.Types.DataLocation.External,
        ExternalData = { new StringStringEntryProto { Key = "location", Value = location } },
    });

    static byte[] Bytes(params NodeProto[] nodes)
    {
        var model = Protos.Model(nodes);
        model.Graph.Input.Add(Protos.Info("x", Type.Float, 2));
        // Without a type: what it is follows from the node.
        model.Graph.Output.Add(new ValueInfoProto { Name = "y" });
        return Protos.Bytes(model);
    }

    static byte[] Initializer(TensorProto tensor)
    {
        var model = Protos.Model(Protos.Node("Identity", ["w"], ["y"]));
        model.Graph.Initializer.Add(tensor);
        return Protos.Bytes(model);
    }

    static byte[] ShapeWithoutEnd()
    {
        var model = Protos.Model(Protos.Node("Reshape", ["x", "s"], ["r"]), Protos.Node("Identity", ["r"], ["i"]), Protos.Node("Relu", ["i"], ["y"]));
        model.Graph.Input.Add([Protos.Info("x", Type.Float, 2), Protos.Info("s", Type.Int64, 1L << 31)]);
        model.Graph.Output.Add(new ValueInfoProto { Name = "y" });
        return Protos.Bytes(model);
    }

    // ONNX Runtime would divide by the number of heads.
    static byte[] NoHeads()
    {
        var heads = new AttributeProto { Name = "kv_num_heads", Type = AttributeProto.Types.AttributeType.Int, I = 0 };
        var queries = new AttributeProto { Name = "q_num_heads", Type = AttributeProto.Types.AttributeType.Int, I = 9 };
        var model = Protos.Model(Protos.Node("Identity", ["q"], ["i"]), Protos.Node("Attention", ["i", "k", "k"], ["y"], heads, queries));
        model.OpsetImport[0].Version = 23;
        model.Graph.Input.Add([Protos.Info("q", Type.Float, 2, 4, 72), Protos.Info("k", Type.Float, 2, 6, 24)]);
        model.Graph.Output.Add(new ValueInfoProto { Name = "y" });
        return Protos.Bytes(model);
    }

    static NodeProto Scalar(string output, long value) => Protos.Node("Constant", [], [output], new AttributeProto
    {
        Name = "value",
        Type = AttributeProto.Types.AttributeType.Tensor,
        T = new TensorProto { DataType = 7, Int64Data = { value } },
    });

    static NodeProto Flag(string output) => Protos.Node("Constant", [], [output], new AttributeProto
    {
        Name = "value",
        Type = AttributeProto.Types.AttributeType.Tensor,
        T = new TensorProto { DataType = 9, Int32Data = { 1 } },
    });

    static NodeProto Concat(string input, string output) =>
        Protos.Node("Concat", [input, input], [output], new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 0 });

    static NodeProto[] Loop(long trips)
    {
        var body = new GraphProto { Name = "l" };
        body.Input.Add([Protos.Info("i", Type.Int64), Protos.Info("more", Type.Bool), Protos.Info("v", Type.Int64)]);
        body.Node.Add([Protos.Node("Identity", ["more"], ["again"]), Protos.Node("Add", ["v", "v"], ["w"])]);
        body.Output.Add([Protos.Info("again", Type.Bool), Protos.Info("w", Type.Int64)]);
        return [Scalar("trips", trips), Flag("start"), Protos.Constant("v0", 1), Protos.Node("Loop", ["trips", "start", "v0"], ["y"], Protos.GraphAttribute("body", body))];
    }

    static GraphProto Body(params NodeProto[] nodes) => new() { Name = "b", Node = { nodes }, Output = { new ValueInfoProto { Name = "y" } } };

    static byte[] Functions(int count, bool cycle)
    {
        var model = Protos.Model(Call("F0", "x", "y"));
        model.Graph.Input.Add(Protos.Info("x", Type.Float, 2));
        for (var i = 0; i < count; i++)
        {
            var last = i == count - 1;
            NodeProto[] nodes = last && !cycle ? [Protos.Node("Relu", ["a"], ["b"])] : [Call($"F{(last ? 0 : i + 1)}", "a", "t"), Call($"F{(last ? 0 : i + 1)}", "t", "b")];
            model.Functions.Add(new FunctionProto { Name = $"F{i}", Domain = "my", Input = { "a" }, Output = { "b" }, Node = { nodes } });
        }
        return Protos.Bytes(model);
    }

    static NodeProto Call(string function, string input, string output)
    {
        var node = Protos.Node(function, [input], [output]);
        node.Domain = "my";
        return node;
    }

    static byte[] Sparse(long index, long dim)
    {
        var model = Protos.Model();
        model.Graph.SparseInitializer.Add(new SparseTensorProto { Values = Protos.Raw("w", Type.Float, [1], new byte[4]), Indices = Protos.Int64s("", index), Dims = { dim } });
        return Protos.Bytes(model);
    }

    // Built inside out by hand: protobuf itself would overflow the stack on the way.
    // One element of string_data (field 6) that claims to go on for 2 GB.
    static byte[] StringLength()
    {
        byte[] tensor = [.. Field(8, "w"u8.ToArray()), 0x10, 8, 0x32, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 65];
        return [8, 8, .. Field(7, Field(5, tensor))];
    }

    static byte[] Noise()
    {
        var bytes = new byte[100_000];
        new Random(7).NextBytes(bytes);
        return bytes;
    }
}
