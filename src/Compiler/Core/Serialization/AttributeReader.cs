using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization.Proto;
using Kind = Onnxc.Serialization.Proto.AttributeProto.Types.AttributeType;

namespace Onnxc.Serialization;

/// <summary>Turns attributes of the file into <see cref="AttributeValue"/>s; subgraphs are read by whoever asks.</summary>
sealed class AttributeReader(TensorReader tensors)
{
    public AttributeValue Read(AttributeProto a, Func<GraphProto, Graph> readGraph, Func<string> owner)
    {
        var kind = a.Type != Kind.Undefined ? a.Type : Infer(a);
        if (!Enum.IsDefined((AttributeKind)kind)) throw Bad(a, owner, FormattableString.Invariant($"its type is {(int)kind}, which ONNX does not define"));
        if (a.HasRefAttrName && a.RefAttrName.Length > 0) return new ReferenceAttribute(a.RefAttrName, (AttributeKind)kind) { Origin = a };
        return kind switch
        {
            Kind.Int => new IntAttribute(a.I) { Origin = a },
            Kind.Float => new FloatAttribute(a.F) { Origin = a },
            Kind.String => new StringAttribute([.. a.S.Span]) { Origin = a },
            Kind.Ints => new IntsAttribute([.. a.Ints]) { Origin = a },
            Kind.Floats => new FloatsAttribute([.. a.Floats]) { Origin = a },
            Kind.Strings => new StringsAttribute([.. a.Strings.Select(s => ImmutableArray.Create(s.Span))]) { Origin = a },
            Kind.Tensor => new TensorAttribute(tensors.Read(Present(a.T, a, owner))) { Origin = a },
            Kind.Tensors => new TensorsAttribute([.. a.Tensors.Select(tensors.Read)]) { Origin = a },
            Kind.SparseTensor => new TensorAttribute(tensors.Read(Present(a.SparseTensor, a, owner))) { Origin = a },
            Kind.SparseTensors => new TensorsAttribute([.. a.SparseTensors.Select(tensors.Read)], sparse: true) { Origin = a },
            Kind.TypeProto => new TypeAttribute(TypeCodec.Read(a.Tp)) { Origin = a },
            Kind.TypeProtos => new TypesAttribute([.. a.TypeProtos.Select(TypeCodec.Read)]) { Origin = a },
            Kind.Graph => new GraphAttribute(readGraph(Present(a.G, a, owner))) { Origin = a },
            Kind.Graphs => new GraphsAttribute([.. a.Graphs.Select(readGraph)]) { Origin = a },
            Kind.Undefined => new EmptyAttribute { Origin = a },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    // Files of IR version 1 leave the type out: the payload that is there decides.
    static Kind Infer(AttributeProto a) =>
        a.HasI ? Kind.Int : a.HasF ? Kind.Float : a.HasS ? Kind.String
        : a.T is not null ? Kind.Tensor : a.G is not null ? Kind.Graph : a.SparseTensor is not null ? Kind.SparseTensor : a.Tp is not null ? Kind.TypeProto
        : a.Ints.Count > 0 ? Kind.Ints : a.Floats.Count > 0 ? Kind.Floats : a.Strings.Count > 0 ? Kind.Strings
        : a.Tensors.Count > 0 ? Kind.Tensors : a.Graphs.Count > 0 ? Kind.Graphs
        : a.SparseTensors.Count > 0 ? Kind.SparseTensors : a.TypeProtos.Count > 0 ? Kind.TypeProtos : Kind.Undefined;

    static T Present<T>(T? payload, AttributeProto a, Func<string> owner) where T : class => payload ?? throw Bad(a, owner, "it has no value of its type");

    static DiagnosticException Bad(AttributeProto a, Func<string> owner, string what) =>
        new(Diagnostic.Create(Descriptors.BadAttribute, null, a.Name, owner(), what));
}
