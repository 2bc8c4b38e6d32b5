using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>Types between protobuf and IR.</summary>
static class TypeCodec
{
    public static ValueType? Read(TypeProto? type) => type?.ValueCase switch
    {
        TypeProto.ValueOneofCase.TensorType => new TensorType((ElementType)type.TensorType.ElemType, Read(type.TensorType.Shape)),
        TypeProto.ValueOneofCase.SparseTensorType => new SparseTensorType((ElementType)type.SparseTensorType.ElemType, Read(type.SparseTensorType.Shape)),
        TypeProto.ValueOneofCase.SequenceType => new SequenceType(Read(type.SequenceType.ElemType)),
        TypeProto.ValueOneofCase.OptionalType => new OptionalType(Read(type.OptionalType.ElemType)),
        TypeProto.ValueOneofCase.MapType => new MapType((ElementType)type.MapType.KeyType, Read(type.MapType.ValueType)),
        TypeProto.ValueOneofCase.OpaqueType => new OpaqueType(type.OpaqueType.Domain, type.OpaqueType.Name),
        _ => null,
    };

    static Shape? Read(TensorShapeProto? shape) => shape is null ? null : new Shape([.. shape.Dim.Select(d => d.ValueCase switch
    {
        // Some exporters write -1 for "unknown"; as an extent it would poison every product.
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when d.DimValue >= 0 => Dim.Fixed(d.DimValue),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when d.DimParam.Length > 0 => Dim.Named(d.DimParam),
        _ => Dim.Unknown,
    })]);

    public static TypeProto Write(ValueType type)
    {
        var proto = new TypeProto();
        switch (type)
        {
            case TensorType t:
                proto.TensorType = new() { ElemType = (int)t.Element };
                if (t.Shape is not null) proto.TensorType.Shape = Write(t.Shape);
                break;
            case SparseTensorType t:
                proto.SparseTensorType = new() { ElemType = (int)t.Element };
                if (t.Shape is not null) proto.SparseTensorType.Shape = Write(t.Shape);
                break;
            case SequenceType t:
                proto.SequenceType = new();
                if (t.Element is not null) proto.SequenceType.ElemType = Write(t.Element);
                break;
            case OptionalType t:
                proto.OptionalType = new();
                if (t.Element is not null) proto.OptionalType.ElemType = Write(t.Element);
                break;
            case MapType t:
                proto.MapType = new() { KeyType = (int)t.Key };
                if (t.Value is not null) proto.MapType.ValueType = Write(t.Value);
                break;
            case OpaqueType t:
                proto.OpaqueType = new() { Domain = t.Domain, Name = t.Name };
                break;
            default: throw new InvalidOperationException($"no protobuf form for {type.GetType().Name}");
        }
        return proto;
    }

    static TensorShapeProto Write(Shape shape)
    {
        var proto = new TensorShapeProto();
        foreach (var dim in shape.Dims)
        {
            var d = new TensorShapeProto.Types.Dimension();
            if (dim.IsFixed) d.DimValue = dim.Extent;
            else if (dim.Symbol is not null) d.DimParam = dim.Symbol;
            proto.Dim.Add(d);
        }
        return proto;
    }
}
