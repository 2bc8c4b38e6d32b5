using System.Diagnostics;
using CsCheck;
using Google.Protobuf;
using Onnxc.Diagnostics;
using Onnxc.Serialization;
using Onnxc.Serialization.Proto;
using Xunit;
using static Onnxc.Tests.Serialization.WireBytes;
using Type = Onnxc.Serialization.Proto.TensorProto.Types.DataType;

namespace Onnxc.Tests.Serialization;

public sealed class HostileFileTests
{
    [Fact]
    public void Every_truncation_of_a_model_gives_a_coded_error_or_a_model()
    {
        var bytes = Sample();
        for (var length = 0; length < bytes.Length; length += 1) Read(bytes[..length]);
    }

    [Fact]
    public void Damaged_bytes_give_a_coded_error_or_a_model()
    {
        var bytes = Sample();
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte).Array[1, 8].Sample(edits =>
        {
            var damaged = bytes.ToArray();
            foreach (var (at, value) in edits) damaged[at] = value;
            Read(damaged);
        }, iter: 3000);
    }

    [Fact]
    public void Random_bytes_give_a_coded_error_or_a_model() => Gen.Byte.Array[0, 300].Sample(bytes => { Read(bytes); }, iter: 3000);

    [Theory]
    [InlineData("", "ONNXC0003")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "ONNXC0004")]
    [InlineData("{\"not\": \"a model\"}", "ONNXC0004")]
    public void Other_files_are_named_as_such(string text, string id) => Assert.Equal(id, Error(System.Text.Encoding.UTF8.GetBytes(text)).Id);

    [Fact]
    public void A_tensor_file_is_no_model() => Assert.StartsWith("ONNXC000", Error(Protos.Int64s("x", 1, 2, 3).ToByteArray()).Id, StringComparison.Ordinal);

    [Fact]
    public void A_truncated_length_says_how_much_is_missing()
    {
        var error = Error(Sample()[..^10]);
        Assert.Equal("ONNXC0005", error.Id);
        Assert.Contains("are left", error.Message, StringComparison.Ordinal);
    }

    static readonly Dictionary<string, TensorProto> Lying = new()
    {
        { "raw data too short", Protos.Raw("w", Type.Float, [1000], new byte[8]) },
        { "raw data too long", Protos.Raw("w", Type.Float, [1], new byte[4000]) },
        { "mapped raw data too short", Protos.Raw("w", Type.Float, [1_000_000], new byte[8000]) },
        { "half a byte missing", Protos.Raw("w", Type.Int4, [5], new byte[2]) },
        { "quarter bytes missing", Protos.Raw("w", Type.Int2, [9], new byte[2]) },
        { "dims overflow", Protos.Raw("w", Type.Float, [1L << 62, 4], new byte[8]) },
        { "bytes overflow", Protos.Raw("w", Type.Complex128, [1L << 61], new byte[8]) },
        { "huge dims without data", Protos.Raw("w", Type.Uint8, [1L << 40], []) },
        { "negative dim", Protos.Raw("w", Type.Float, [-1], new byte[4]) },
        { "rank bomb", Protos.Raw("w", Type.Float, Enumerable.Repeat(1L, 100_000).ToArray(), new byte[4]) },
        { "typed data too short", new TensorProto { Name = "w", DataType = 1, Dims = { 100 }, FloatData = { 1, 2 } } },
        { "no data at all", new TensorProto { Name = "w", DataType = 1, Dims = { 100 } } },
        { "strings missing", new TensorProto { Name = "w", DataType = 8, Dims = { 3 } } },
        { "unknown type", new TensorProto { Name = "w", DataType = 99, Dims = { 1 }, RawData = ByteString.CopyFrom(1) } },
        { "segment", new TensorProto { Name = "w", DataType = 1, Dims = { 0 }, Segment = new() { Begin = 0, End = 9 } } },
    };

    public static TheoryData<string> LyingTensors => [.. Lying.Keys];

    [Theory]
    [MemberData(nameof(LyingTensors))]
    public void Lying_tensors_are_refused_as_initializer_attribute_and_sparse_values(string what)
    {
        var tensor = Lying[what];
        Assert.Equal("ONNXC0008", Error(WithInitializer(tensor)).Id);
        var attribute = new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = tensor };
        Assert.Equal("ONNXC0008", Error(Protos.Bytes(Protos.Model(Protos.Node("Constant", [], ["y"], attribute)))).Id);
        var sparse = Protos.Model();
        sparse.Graph.SparseInitializer.Add(new SparseTensorProto { Values = tensor, Dims = { 10 } });
        Assert.Equal("ONNXC0008", Error(Protos.Bytes(sparse)).Id);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    [InlineData(long.MaxValue)]
    public void Sparse_indices_outside_the_tensor_are_refused(long index)
    {
        var model = Protos.Model();
        model.Graph.SparseInitializer.Add(new SparseTensorProto
        {
            Values = Protos.Raw("w", Type.Float, [1], new byte[4]),
            Indices = Protos.Int64s("", index),
            Dims = { 10 },
        });
        Assert.Equal("ONNXC0008", Error(Protos.Bytes(model)).Id);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    public void Deeply_nested_graphs_are_refused(int depth)
    {
        var error = Error(WireBytes.DeepGraphs(depth));
        Assert.Contains(error.Id, (string[])["ONNXC0006", "ONNXC0004"]);
    }

    [Fact]
    public void Deeply_nested_types_are_refused()
    {
        byte[] type = [];
        for (var i = 0; i < 20_000; i++) type = Field(4, Field(1, type));
        Assert.Equal("ONNXC0004", Error([8, 8, .. Field(7, Field(11, [.. Field(1, "x"u8.ToArray()), .. Field(2, type)]))]).Id);
    }

    [Fact]
    public void Function_cycles_are_refused()
    {
        var direct = Protos.Model(Protos.Node("F", ["x"], ["y"]));
        direct.Functions.Add(Function("F", Protos.Node("F", ["a"], ["b"])));
        Assert.Equal("ONNXC0013", Error(Protos.Bytes(WithInput(direct))).Id);

        var mutual = Protos.Model(Protos.Node("F", ["x"], ["y"]));
        var call = Protos.Node("F", ["a"], ["b"]);
        call.Domain = "my";
        var inBody = Protos.GraphAttribute("then_branch", new GraphProto { Name = "t", Node = { call }, Output = { Protos.Info("b", Type.Float) } });
        var first = Protos.Node("G", ["a"], ["b"]);
        first.Domain = "my";
        mutual.Functions.Add(Function("F", first));
        mutual.Functions.Add(Function("G", Protos.Node("If", ["a"], ["b"], inBody)));
        Assert.Equal("ONNXC0013", Error(Protos.Bytes(WithInput(mutual))).Id);
    }

    [Fact]
    public void Functions_that_grow_exponentially_are_refused()
    {
        var model = Protos.Model();
        for (var i = 0; i < 100; i++)
        {
            var (a, b) = (Protos.Node($"F{i + 1}", ["a"], ["t"]), Protos.Node($"F{i + 1}", ["t"], ["b"]));
            a.Domain = b.Domain = "my";
            model.Functions.Add(i == 99 ? Function("F99", Protos.Node("Relu", ["a"], ["b"])) : Function($"F{i}", a, b));
        }
        Assert.Equal("ONNXC0007", Error(Protos.Bytes(model)).Id);
    }

    [Fact]
    public void Undefined_and_doubly_defined_names_are_refused()
    {
        Assert.Equal("ONNXC0012", Error(Protos.Bytes(Protos.Model(Protos.Node("Relu", ["nowhere"], ["y"])))).Id);
        Assert.Equal("ONNXC0011", Error(Protos.Bytes(WithInput(Protos.Model(Protos.Node("Relu", ["x"], ["y"]), Protos.Node("Abs", ["x"], ["y"]))))).Id);
        var output = Protos.Model();
        output.Graph.Output.Add(Protos.Info("nowhere", Type.Float));
        Assert.Equal("ONNXC0012", Error(Protos.Bytes(output)).Id);
    }

    [Fact]
    public void Names_that_are_not_UTF8_are_refused_rather_than_changed()
    {
        byte[] node = [.. Field(4, "Relu"u8.ToArray()), .. Field(2, [0xff, 0xfe])];
        Assert.Equal("ONNXC0004", Error([8, 8, .. Field(7, Field(1, node))]).Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("outer")]
    public void Attributes_of_unknown_kinds_are_refused(string parameter)
    {
        var attribute = new AttributeProto { Name = "value", Type = (AttributeProto.Types.AttributeType)21, RefAttrName = parameter };
        Assert.Equal("ONNXC0018", Error(Protos.Bytes(Protos.Model(Protos.Node("Constant", [], ["y"], attribute)))).Id);
    }

    [Fact]
    public void A_marker_of_extracted_data_cannot_be_forged_from_outside()
    {
        // The right length, the wrong tag: just data.
        var model = WithInitializer(Protos.Raw("w", Type.Uint8, [RawDataMarker.Length], new byte[RawDataMarker.Length]));
        Assert.True(ModelReader.Read(model).IsOk);
    }

    static byte[] Sample()
    {
        var model = WithInput(Protos.Model(
            Protos.Node("Relu", ["x"], ["r"]),
            Protos.Constant("c", 1, 2, 3),
            Protos.Node("If", ["cond"], ["z"], Protos.GraphAttribute("then_branch", Branch("Abs")), Protos.GraphAttribute("else_branch", Branch("Neg")))));
        model.Graph.Initializer.Add(Protos.Raw("big", Type.Float, [30, 10], new byte[1200]));
        model.Graph.Input.Add(Protos.Info("cond", Type.Bool));
        model.Functions.Add(Function("F", Protos.Node("Abs", ["a"], ["b"])));
        return Protos.Bytes(model);
    }

    static GraphProto Branch(string op) => new() { Name = "b", Node = { Protos.Node(op, ["x"], ["v"]) }, Output = { Protos.Info("v", Type.Float) } };

    static FunctionProto Function(string name, params NodeProto[] nodes) =>
        new() { Name = name, Domain = nodes.Any(n => n.OpType == name && n.Domain.Length == 0) ? "" : "my", Input = { "a" }, Output = { "b" }, Node = { nodes } };

    static ModelProto WithInput(ModelProto model)
    {
        model.Graph.Input.Add(Protos.Info("x", Type.Float, 2));
        return model;
    }

    static byte[] WithInitializer(TensorProto tensor)
    {
        var model = Protos.Model();
        model.Graph.Initializer.Add(tensor);
        return Protos.Bytes(model);
    }

    static Diagnostic Error(byte[] bytes) => Assert.Single(Read(bytes).Diagnostics);

    static Result<IR.Model> Read(byte[] bytes)
    {
        var watch = Stopwatch.StartNew();
        var result = ModelReader.Read(bytes);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"took {watch.Elapsed}");
        if (result.IsOk) ModelWriter.ToBytes(result.Value);
        else Assert.All(result.Diagnostics, d => Assert.Matches("^ONNXC\\d{4}$", d.Id));
        return result;
    }
}
