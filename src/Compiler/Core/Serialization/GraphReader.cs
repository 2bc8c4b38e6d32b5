using Google.Protobuf.Collections;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>
/// Turns graphs of the file into IR. Names are resolved in two steps, definitions first, since files may list nodes in any order; inner
/// definitions hide outer ones.
/// </summary>
sealed class GraphReader(TensorReader tensors, ReadOptions options)
{
    readonly AttributeReader attributes = new(tensors);
    int nodes;

    /// <summary>Names that are visible in a graph: its own, then those of the graphs around it.</summary>
    sealed class Scope(Graph graph, Scope? outer)
    {
        readonly Dictionary<string, Value> values = new(StringComparer.Ordinal);

        public Graph Graph => graph;

        public Value? Find(string name)
        {
            for (var scope = this; scope is not null; scope = scope.Outer)
                if (scope.values.TryGetValue(name, out var value)) return value;
            return null;
        }

        Scope? Outer => outer;

        public Value? Own(string name) => values.GetValueOrDefault(name);

        public void Define(Value value)
        {
            if (value.Name.Length == 0) return;
            if (values.TryAdd(value.Name, value)) return;
            var earlier = values[value.Name];
            if (IsConstant(value) && IsConstant(earlier))
            {
                // ONNX Runtime turns Constant nodes into initializers behind those of the file, and lets the last of one name win.
                earlier.IsShadowed = true;
                values[value.Name] = value;
                return;
            }
            throw new DiagnosticException(Diagnostic.Create(Descriptors.DuplicateName, ModelLocation.Of(graph), value.Name));
        }

        static bool IsConstant(Value value) => value.IsInitializer || value.Producer is { } node && node.Op.Is("Constant");
    }

    public void ReadMain(GraphProto proto, Graph graph) => ReadBody(proto, graph, null);

    public void ReadFunction(FunctionProto proto, Function function)
    {
        var body = function.Body;
        var origin = new GraphOrigin();
        var scope = new Scope(body, null);
        foreach (var name in proto.Input) scope.Define(body.AddInput(name));
        ReadNodes(proto.Node, scope);
        ReadOutputs(proto.Output, scope);
        ReadInfos(proto.ValueInfo, scope, origin);
        function.RequiredAttributes = [.. proto.Attribute];
        foreach (var attribute in proto.AttributeProto)
            function.DefaultAttributes.Append(attribute.Name, attributes.Read(attribute, g => throw NoGraphDefault(function), () => $"function `{function.Id}`"));
        origin.Revision = body.Revision;
        body.Origin = origin;
    }

    void ReadBody(GraphProto proto, Graph graph, Scope? outer)
    {
        graph.Name = proto.HasName ? proto.Name : null;
        var origin = new GraphOrigin { Skeleton = proto };
        var scope = new Scope(graph, outer);
        foreach (var input in proto.Input)
        {
            var value = graph.AddInput(input.Name, TypeCodec.Read(input.Type));
            origin.Inputs[value] = input;
            scope.Define(value);
        }
        foreach (var tensor in proto.Initializer) ReadInitializer(tensor.Name, () => tensors.Read(tensor), tensor, scope);
        foreach (var sparse in proto.SparseInitializer) ReadInitializer(sparse.Values?.Name ?? "", () => tensors.Read(sparse), sparse, scope);
        ReadNodes(proto.Node, scope);
        ReadInfos(proto.ValueInfo, scope, origin);
        ReadOutputs(proto.Output.Select(o => o.Name), scope);
        foreach (var output in proto.Output)
        {
            origin.Outputs.TryAdd(output.Name, output);
            // The declaration of the slot also types the value that stands there now.
            if (scope.Own(output.Name) is { Type: null } value) value.SetType(TypeCodec.Read(output.Type));
        }
        foreach (var annotation in proto.QuantizationAnnotation) ReadAnnotation(annotation, scope, origin);
        proto.Node.Clear();
        proto.Input.Clear();
        proto.Output.Clear();
        proto.Initializer.Clear();
        proto.SparseInitializer.Clear();
        proto.ValueInfo.Clear();
        proto.QuantizationAnnotation.Clear();
        origin.Revision = graph.Revision;
        graph.Origin = origin;
    }

    static void ReadInitializer(string name, Func<TensorData> read, object origin, Scope scope)
    {
        TensorData data;
        try
        {
            data = read();
        }
        catch (DiagnosticException e) when (e.Diagnostic.Location is null)
        {
            throw new DiagnosticException(e.Diagnostic with { Location = ModelLocation.Of(scope.Graph) });
        }
        if (scope.Own(name) is { IsInitializer: false } input)
        {
            scope.Graph.SetInitializer(input, data);
            input.Origin = origin;
            return;
        }
        var value = new Value(scope.Graph, name) { Origin = origin };
        scope.Graph.SetInitializer(value, data);
        scope.Define(value);
    }

    void ReadNodes(RepeatedField<NodeProto> protos, Scope scope)
    {
        var graph = scope.Graph;
        if ((nodes += protos.Count) > options.MaxNodes)
            throw new DiagnosticException(Diagnostic.Create(Descriptors.TooLarge, ModelLocation.Of(graph), nodes, "nodes", options.MaxNodes));
        var made = new List<(Node, NodeProto)>(protos.Count);
        foreach (var proto in protos)
        {
            var op = new OpId(proto.Domain, proto.OpType, proto.Overload);
            var node = graph.AddNode(op, new Value?[proto.Input.Count], proto.Output, name: proto.HasName ? proto.Name : null);
            foreach (var output in node.Outputs) scope.Define(output);
            node.Metadata = Pairs(proto.MetadataProps);
            made.Add((node, proto));
        }
        foreach (var (node, proto) in made)
        {
            for (var i = 0; i < proto.Input.Count; i++)
                if (proto.Input[i].Length > 0) node.SetInput(i, scope.Find(proto.Input[i]) ?? throw Undefined(node, proto.Input[i]));
            foreach (var attribute in proto.Attribute) node.Attributes.Append(attribute.Name, ReadAttribute(attribute, node, scope));
            proto.Input.Clear();
            proto.Output.Clear();
            proto.Attribute.Clear();
            node.Origin = proto;
        }
    }

    AttributeValue ReadAttribute(AttributeProto attribute, Node node, Scope scope)
    {
        try
        {
            return attributes.Read(attribute, g => ReadSubgraph(g, node, scope), () => $"node `{node.DisplayName}`");
        }
        catch (DiagnosticException e) when (e.Diagnostic.Location is null)
        {
            throw new DiagnosticException(e.Diagnostic with { Location = ModelLocation.Of(node) });
        }
    }

    Graph ReadSubgraph(GraphProto proto, Node owner, Scope outer)
    {
        if (outer.Graph.Depth >= options.MaxNesting)
            throw new DiagnosticException(Diagnostic.Create(Descriptors.NestedTooDeeply, null, options.MaxNesting));
        var body = Graph.NewBody(outer.Graph);
        body.Owner = owner;
        ReadBody(proto, body, outer);
        return body;
    }

    static void ReadOutputs(IEnumerable<string> names, Scope scope)
    {
        foreach (var name in names)
        {
            var value = scope.Find(name)
                ?? throw new DiagnosticException(Diagnostic.Create(Descriptors.UndefinedName, ModelLocation.Of(scope.Graph), "an output of the graph", name));
            scope.Graph.AddOutput(value, name);
        }
    }

    void ReadInfos(RepeatedField<ValueInfoProto> infos, Scope scope, GraphOrigin origin)
    {
        foreach (var info in infos)
        {
            var value = scope.Own(info.Name);
            var type = TypeCodec.Read(info.Type);
            if (type is TensorType { Shape: { } shape } && shape.Rank > options.MaxRank)
                throw new DiagnosticException(Diagnostic.Create(Descriptors.TooLarge, ModelLocation.Of(scope.Graph), shape.Rank, $"dimensions in `{info.Name}`", options.MaxRank));
            if (value is { Type: null }) value.SetType(type);
            origin.Infos.Add((value, info));
        }
    }

    static void ReadAnnotation(TensorAnnotation proto, Scope scope, GraphOrigin origin)
    {
        var parameters = proto.QuantParameterTensorNames.Select(p => (p.Key, Value: scope.Find(p.Value))).ToList();
        if (scope.Own(proto.TensorName) is not { } target || parameters.Exists(p => p.Value is null))
        {
            origin.Annotations.Add((null, proto));
            return;
        }
        var annotation = new QuantizationAnnotation(scope.Graph, target, parameters.ConvertAll(p => (p.Key, p.Value!)));
        scope.Graph.AddAnnotation(annotation);
        origin.Annotations.Add((annotation, proto));
    }

    public static IReadOnlyList<KeyValuePair<string, string>> Pairs(RepeatedField<StringStringEntryProto> entries) =>
        entries.Count == 0 ? [] : [.. entries.Select(e => KeyValuePair.Create(e.Key, e.Value))];

    static DiagnosticException Undefined(Node node, string name) =>
        new(Diagnostic.Create(Descriptors.UndefinedName, ModelLocation.Of(node), $"node `{node.DisplayName}`", name));

    static DiagnosticException NoGraphDefault(Function function) =>
        new(Diagnostic.Create(Descriptors.BadAttribute, null, "default", $"function `{function.Id}`", "a graph cannot be a default"));
}
