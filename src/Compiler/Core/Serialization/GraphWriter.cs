using Google.Protobuf;
using Google.Protobuf.Collections;
using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>Turns bodies into messages, starting from what the reader kept, so that only what has changed is written anew.</summary>
sealed class GraphWriter(NameAssignment names, TensorWriter tensors, Func<Value, bool>? omitInitializer = null)
{
    public GraphProto Write(Graph graph)
    {
        var origin = graph.Origin as GraphOrigin;
        var proto = origin?.Skeleton?.Clone() ?? new GraphProto();
        if (graph.Name is not null) proto.Name = graph.Name;
        // The format demands a name for the main graph.
        else if (origin is null) proto.Name = "graph";
        foreach (var input in graph.Inputs) proto.Input.Add(Input(input, origin));
        foreach (var value in graph.Initializers)
        {
            if (omitInitializer is not null && omitInitializer(value))
            {
                if (!value.IsGraphInput) proto.Input.Add(Info(names.NameOf(value), value.Initializer!.Type));
                continue;
            }
            if (value.Initializer is SparseTensor sparse) proto.SparseInitializer.Add(tensors.Write(sparse, names.NameOf(value)));
            else proto.Initializer.Add(tensors.Write(value.Initializer!, names.NameOf(value), mayBeExternal: true));
            // Before IR version 4 an initializer had to be listed among the inputs.
            if (value.Origin is null && !value.IsGraphInput && graph.Owner is null && graph.Model.IrVersion is > 0 and < 4)
                proto.Input.Add(Info(names.NameOf(value), value.Initializer!.Type));
        }
        WriteNodes(graph, proto.Node);
        for (var i = 0; i < graph.OutputNames.Count; i++)
        {
            var (slot, name) = (graph.OutputNames[i], names.SlotName(graph, i));
            if (origin is null || !origin.Outputs.TryGetValue(slot, out var kept)) proto.Output.Add(Info(name, graph.Outputs[i].Type));
            else proto.Output.Add(Update(kept, name, null));
        }
        WriteInfos(graph, origin, proto.ValueInfo);
        WriteAnnotations(graph, origin, proto.QuantizationAnnotation);
        return proto;
    }

    public FunctionProto Write(Function function)
    {
        var body = function.Body;
        var kept = function.Origin as FunctionProto;
        var proto = kept?.Clone() ?? new FunctionProto { Name = function.Id.Name, Domain = function.Id.Domain };
        if (kept is null && function.Id.Overload.Length > 0) proto.Overload = function.Id.Overload;
        if (kept is null && function.DocString is not null) proto.DocString = function.DocString;
        proto.Input.AddRange(body.Inputs.Select(names.NameOf));
        proto.Output.AddRange(body.OutputNames.Select((_, i) => names.SlotName(body, i)));
        proto.Attribute.AddRange(function.RequiredAttributes);
        foreach (var (name, value) in function.DefaultAttributes) proto.AttributeProto.Add(Attribute(name, value));
        OpsetCodec.Write(function.Opsets, proto.OpsetImport);
        WriteNodes(body, proto.Node);
        WriteInfos(body, body.Origin as GraphOrigin, proto.ValueInfo);
        return proto;
    }

    void WriteNodes(Graph graph, RepeatedField<NodeProto> protos)
    {
        foreach (var node in graph.Nodes) protos.Add(Write(node));
        foreach (var (slot, source) in names.Identities(graph))
            protos.Add(new NodeProto { OpType = "Identity", Input = { names.NameOf(source) }, Output = { slot } });
    }

    NodeProto Write(Node node)
    {
        var proto = (node.Origin as NodeProto)?.Clone();
        if (proto is null)
        {
            proto = new NodeProto { OpType = node.Op.Name };
            if (node.Op.Domain.Length > 0) proto.Domain = node.Op.Domain;
            if (node.Op.Overload.Length > 0) proto.Overload = node.Op.Overload;
        }
        if (node.Name is null) proto.ClearName();
        else if (!proto.HasName || proto.Name != node.Name) proto.Name = node.Name;
        for (var i = 0; i < node.InputCount; i++) proto.Input.Add(node.Input(i) is { } value ? names.NameOf(value) : "");
        foreach (var output in node.Outputs) proto.Output.Add(names.NameOf(output));
        foreach (var (name, value) in node.Attributes) proto.Attribute.Add(Attribute(name, value));
        if (!node.Metadata.SequenceEqual(GraphReader.Pairs(proto.MetadataProps)))
        {
            proto.MetadataProps.Clear();
            proto.MetadataProps.AddRange(node.Metadata.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
        }
        return proto;
    }

    AttributeProto Attribute(string name, AttributeValue value)
    {
        var kept = value.Origin as AttributeProto;
        // Attributes are immutable: what was read is what is written, unless it holds tensors or graphs, whose parts are written anew.
        var isPlain = value is not (TensorAttribute or TensorsAttribute or GraphAttribute or GraphsAttribute);
        if (kept is not null && isPlain && kept.Name == name) return kept;
        var proto = kept?.Clone() ?? new AttributeProto { Type = (AttributeProto.Types.AttributeType)value.Kind };
        if (proto.Name != name || !proto.HasName) proto.Name = name;
        switch (value)
        {
            case TensorAttribute { Value: SparseTensor sparse }: proto.SparseTensor = tensors.Write(sparse, null); break;
            case TensorAttribute a: proto.T = tensors.Write(a.Value, null, mayBeExternal: false); break;
            case TensorsAttribute { Kind: AttributeKind.SparseTensors } a:
                Refill(proto.SparseTensors, a.Values.Cast<SparseTensor>().Select(t => tensors.Write(t, null)));
                break;
            case TensorsAttribute a: Refill(proto.Tensors, a.Values.Select(t => tensors.Write(t, null, mayBeExternal: false))); break;
            case GraphAttribute a: proto.G = Write(a.Value); break;
            case GraphsAttribute a: Refill(proto.Graphs, a.Graphs.Select(Write)); break;
            default:
                if (kept is null) Fill(proto, value);
                break;
        }
        return proto;
    }

    static void Fill(AttributeProto proto, AttributeValue value)
    {
        switch (value)
        {
            case ReferenceAttribute a: proto.RefAttrName = a.Parameter; break;
            case IntAttribute a: proto.I = a.Value; break;
            case FloatAttribute a: proto.F = a.Value; break;
            case StringAttribute a: proto.S = ByteString.CopyFrom(a.Bytes.AsSpan()); break;
            case IntsAttribute a: proto.Ints.AddRange(a.Values); break;
            case FloatsAttribute a: proto.Floats.AddRange(a.Values); break;
            case StringsAttribute a: proto.Strings.AddRange(a.Values.Select(v => ByteString.CopyFrom(v.AsSpan()))); break;
            case TypeAttribute a: proto.Tp = a.Value is null ? new TypeProto() : TypeCodec.Write(a.Value); break;
            case TypesAttribute a: proto.TypeProtos.AddRange(a.Values.Select(t => t is null ? new TypeProto() : TypeCodec.Write(t))); break;
            default: break;
        }
    }

    static void Refill<T>(RepeatedField<T> field, IEnumerable<T> items)
    {
        var list = items.ToList();
        field.Clear();
        field.AddRange(list);
    }

    ValueInfoProto Input(Value input, GraphOrigin? origin)
    {
        var name = names.NameOf(input);
        if (origin is null || !origin.Inputs.TryGetValue(input, out var kept)) return Info(name, input.Type);
        return Update(kept, name, input.Type);
    }

    void WriteInfos(Graph graph, GraphOrigin? origin, RepeatedField<ValueInfoProto> infos)
    {
        var written = new HashSet<Value>();
        var slots = graph.OutputNames.ToHashSet(StringComparer.Ordinal);
        foreach (var (value, info) in origin?.Infos ?? [])
        {
            if (value is null)
            {
                // Names nothing: kept as long as the graph is as it was read, since it cannot be known what it meant.
                if (graph.Revision == origin!.Revision) infos.Add(info);
                continue;
            }
            if (!IsAlive(value)) continue;
            written.Add(value);
            infos.Add(value.IsGraphInput || slots.Contains(info.Name) ? info : Update(info, names.NameOf(value), value.Type));
        }
        foreach (var node in graph.Nodes)
            foreach (var output in node.Outputs)
                if (output is { Type: { } type, TypeIsInferred: false, IsGraphOutput: false } && written.Add(output) && names.NameOf(output).Length > 0)
                    infos.Add(Info(names.NameOf(output), type));
    }

    static bool IsAlive(Value value) => value.Producer is { IsRemoved: false } || value.IsGraphInput || value.IsInitializer;

    void WriteAnnotations(Graph graph, GraphOrigin? origin, RepeatedField<TensorAnnotation> protos)
    {
        var alive = graph.Annotations.ToHashSet();
        foreach (var (annotation, kept) in origin?.Annotations ?? [])
        {
            if (annotation is null)
            {
                if (graph.Revision == origin!.Revision) protos.Add(kept);
                continue;
            }
            if (!alive.Contains(annotation)) continue;
            var proto = kept.Clone();
            proto.TensorName = names.NameOf(annotation.Target);
            for (var i = 0; i < annotation.Keys.Count; i++)
                if (annotation.Parameter(i) is { } parameter) proto.QuantParameterTensorNames[i].Value = names.NameOf(parameter);
            protos.Add(proto);
        }
    }

    static ValueInfoProto Update(ValueInfoProto kept, string name, ValueType? type)
    {
        var sameType = type is null || type.Equals(TypeCodec.Read(kept.Type));
        if (kept.Name == name && sameType) return kept;
        var proto = kept.Clone();
        proto.Name = name;
        if (!sameType) proto.Type = TypeCodec.Write(type!);
        return proto;
    }

    static ValueInfoProto Info(string name, ValueType? type)
    {
        var proto = new ValueInfoProto { Name = name };
        if (type is not null) proto.Type = TypeCodec.Write(type);
        return proto;
    }
}
