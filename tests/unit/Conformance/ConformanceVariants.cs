using Google.Protobuf;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Serialization.Proto;

namespace Onnxc.Tests.Conformance;

/// <summary>Ways to state a conformance case that make other parts of a compiler do the work. Null where one does not apply.</summary>
static class ConformanceVariants
{
    const string Condition = "onnxc_condition";

    /// <summary>Every extent of every input becomes a symbol.</summary>
    public static ConformanceCase? DynamicDims(ConformanceCase test)
    {
        var proto = ModelProto.Parser.ParseFrom(test.Model);
        var symbols = 0;
        foreach (var dim in proto.Graph.Input.Where(i => i.Type?.TensorType?.Shape is not null).SelectMany(i => i.Type.TensorType.Shape.Dim))
            dim.DimParam = FormattableString.Invariant($"onnxc_{symbols++}");
        return symbols == 0 ? null : test with { Model = proto.ToByteArray() };
    }

    /// <summary>Inputs become initializers that hold the first sample, so that nearly everything can be folded.</summary>
    public static ConformanceCase? ConstantInputs(ConformanceCase test)
    {
        var loaded = OrtModel.Load(test.Model, SessionSettings.Unoptimized);
        using var model = loaded.Value;
        if (model is null || test.Samples(model) is not { Value: [var sample, ..] }) return null;
        var proto = ModelProto.Parser.ParseFrom(test.Model);
        var rest = new Dictionary<string, RuntimeValue>(sample.Inputs, StringComparer.Ordinal);
        foreach (var (name, value) in sample.Inputs)
        {
            if (value is not TensorValue tensor || proto.Graph.Input.FirstOrDefault(i => i.Name == name) is not { Type.TensorType: not null } input) continue;
            proto.Graph.Input.Remove(input);
            proto.Graph.Initializer.Add(TensorProto.Parser.ParseFrom(TensorFile.Write(tensor.Data, name)));
            rest.Remove(name);
        }
        if (rest.Count == sample.Inputs.Count) return null;
        return test with { Model = proto.ToByteArray(), Samples = m => Renamed(sample with { Inputs = rest }, m) };
    }

    /// <summary>Everything stands in both branches of an If that captures the inputs.</summary>
    public static ConformanceCase? InsideIf(ConformanceCase test)
    {
        var proto = ModelProto.Parser.ParseFrom(test.Model);
        var graph = proto.Graph;
        var inputs = graph.Input.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        // An input that is an initializer as well cannot be one inside; a branch cannot give back what it only captures.
        if (graph.Initializer.Any(i => inputs.Contains(i.Name)) || graph.Output.Any(o => inputs.Contains(o.Name))) return null;
        var branch = graph.Clone();
        branch.Input.Clear();
        branch.Name = "branch";
        var call = new NodeProto { OpType = "If", Input = { Condition } };
        foreach (var name in new[] { "then_branch", "else_branch" })
            call.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = branch.Clone() });
        var main = new GraphProto { Name = "main", Input = { graph.Input }, Node = { call } };
        main.Input.Add(new ValueInfoProto { Name = Condition, Type = new TypeProto { TensorType = new() { ElemType = (int)ElementType.Bool, Shape = new() } } });
        foreach (var output in graph.Output)
        {
            var outer = output.Clone();
            outer.Name = $"{output.Name}_of_if";
            call.Output.Add(outer.Name);
            main.Output.Add(outer);
        }
        proto.Graph = main;
        return test with { Model = proto.ToByteArray(), Samples = m => WithCondition(test, m) };
    }

    /// <summary>Everything stands in a local function; initializers become constants there.</summary>
    public static ConformanceCase? InsideFunction(ConformanceCase test)
    {
        var proto = ModelProto.Parser.ParseFrom(test.Model);
        var graph = proto.Graph;
        var inputs = graph.Input.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        if (graph.SparseInitializer.Count > 0 || graph.Initializer.Any(i => inputs.Contains(i.Name)) || graph.Output.Any(o => inputs.Contains(o.Name))) return null;
        var function = new FunctionProto { Name = "Body", Domain = "onnxc.test", Input = { graph.Input.Select(i => i.Name) }, Output = { graph.Output.Select(o => o.Name) }, OpsetImport = { proto.OpsetImport } };
        foreach (var weight in graph.Initializer)
            function.Node.Add(new NodeProto { OpType = "Constant", Output = { weight.Name }, Attribute = { new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = weight } } });
        function.Node.AddRange(graph.Node);
        proto.Graph = new GraphProto
        {
            Name = "main",
            Input = { graph.Input },
            Output = { graph.Output },
            Node = { new NodeProto { OpType = "Body", Domain = "onnxc.test", Input = { function.Input }, Output = { function.Output } } },
        };
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "onnxc.test", Version = 1 });
        proto.Functions.Add(function);
        // Functions came with version 8 of the format.
        proto.IrVersion = Math.Max(proto.IrVersion, 8);
        return test with { Model = proto.ToByteArray() };
    }

    static Result<IReadOnlyList<Sample>> WithCondition(ConformanceCase test, OrtModel model)
    {
        var original = OrtModel.Load(test.Model, SessionSettings.Unoptimized);
        using var loaded = original.Value;
        if (loaded is null) return Result<IReadOnlyList<Sample>>.Fail(original.Diagnostics);
        var samples = test.Samples(loaded);
        if (!samples.IsOk) return samples;
        var condition = new TensorValue(TensorData.Of<bool>(ElementType.Bool, [], [true]));
        return Result<IReadOnlyList<Sample>>.Ok([.. samples.Value.Select(s => Renamed(s with
        {
            Inputs = new Dictionary<string, RuntimeValue>(s.Inputs, StringComparer.Ordinal) { [Condition] = condition },
        }, model).OrThrow()[0])]);
    }

    // Expected outputs by place: the variant's may have other names.
    static Result<IReadOnlyList<Sample>> Renamed(Sample sample, OrtModel model)
    {
        var expected = model.Outputs.Zip(sample.Expected.Values, (port, value) => (port.Name, value)).ToDictionary(p => p.Name, p => p.value, StringComparer.Ordinal);
        return Result<IReadOnlyList<Sample>>.Ok([sample with { Expected = expected }]);
    }
}
