using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Runtime.Native;

/// <summary>ONNX Runtime's type descriptions as types of the IR.</summary>
static unsafe class OrtTypes
{
    // ONNXType of the C API.
    const int Tensor = 1, Sequence = 2, Map = 3, Opaque = 4, SparseTensor = 5, Optional = 6;

    // The C API appended 2-bit integers before float8e8m0, ONNX after it; all other numbers agree.
    public static ElementType FromOrt(int type) => type switch
    {
        24 => ElementType.UInt2,
        25 => ElementType.Int2,
        26 => ElementType.Float8E8M0,
        _ => (ElementType)type,
    };

    public static int ToOrt(ElementType type) => type switch
    {
        ElementType.UInt2 => 24,
        ElementType.Int2 => 25,
        ElementType.Float8E8M0 => 26,
        _ => (int)type,
    };

    /// <summary>The type that <paramref name="info"/> describes, which this releases; null when ORT does not know it.</summary>
    public static IR.ValueType? Take(nint info)
    {
        try
        {
            return OrtTable.Int(56, info) switch
            {
                Tensor when OrtTable.Handle(55, info) is var t and not 0 => new TensorType(FromOrt(OrtTable.Int(60, t)), ShapeOf(t)),
                SparseTensor when OrtTable.Handle(55, info) is var t and not 0 => new SparseTensorType(FromOrt(OrtTable.Int(60, t)), ShapeOf(t)),
                Sequence => new SequenceType(Take(OrtTable.Handle(107, OrtTable.Handle(104, info)))),
                Map => new MapType(FromOrt(OrtTable.Int(105, OrtTable.Handle(103, info))), Take(OrtTable.Handle(106, OrtTable.Handle(103, info)))),
                Optional => new OptionalType(Take(OrtTable.Handle(251, OrtTable.Handle(250, info)))),
                Opaque => new OpaqueType("", ""),
                _ => null,
            };
        }
        finally
        {
            OrtTable.Release(98, info);
        }
    }

    static Shape? ShapeOf(nint tensor)
    {
        if (!OrtTable.Bool(390, tensor)) return null;
        var rank = (int)OrtTable.Size(61, tensor);
        if (rank == 0) return Shape.Scalar;
        var extents = new nint[rank];
        var symbols = new nint[rank];
        fixed (nint* pExtents = extents, pSymbols = symbols)
        {
            OrtTable.Fill(62, tensor, pExtents, rank);
            OrtTable.Fill(63, tensor, pSymbols, rank);
        }
        var dims = ImmutableArray.CreateBuilder<Dim>(rank);
        for (var i = 0; i < rank; i++)
        {
            var symbol = Marshal.PtrToStringUTF8(symbols[i]);
            dims.Add(extents[i] >= 0 ? Dim.Fixed(extents[i]) : string.IsNullOrEmpty(symbol) ? Dim.Unknown : Dim.Named(symbol));
        }
        return new Shape(dims.MoveToImmutable());
    }
}
