using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>
/// Writes types. <c>float</c> is a scalar, <c>float[]</c> has unknown rank; <c>?</c> is an extent, or an inner type, that the file leaves open.
/// </summary>
static class TypePrinter
{
    public static void Write(TextWriter writer, ValueType? type)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (type)
        {
            case TensorType t: WriteTensor(writer, t.Element, t.Shape); break;
            case SparseTensorType t:
                writer.Write("sparse_tensor(");
                WriteTensor(writer, t.Element, t.Shape);
                writer.Write(')');
                break;
            case SequenceType t: WriteNested(writer, "seq(", t.Element); break;
            case OptionalType t: WriteNested(writer, "optional(", t.Element); break;
            case MapType t: WriteNested(writer, $"map({t.Key.Name()}, ", t.Value); break;
            case OpaqueType t: WriteOpaque(writer, t); break;
            default: writer.Write('?'); break;
        }
    }

    public static void WriteTensor(TextWriter writer, ElementType element, ImmutableArray<long> dims)
    {
        writer.Write(element.Name());
        for (var i = 0; i < dims.Length; i++)
        {
            writer.Write(i == 0 ? '[' : ',');
            Literals.WriteNumber(writer, dims[i]);
        }
        if (dims.Length > 0) writer.Write(']');
    }

    static void WriteTensor(TextWriter writer, ElementType element, Shape? shape)
    {
        writer.Write(element.Name());
        if (shape is { Rank: 0 }) return;
        writer.Write('[');
        for (var i = 0; i < (shape?.Rank ?? 0); i++)
        {
            if (i > 0) writer.Write(',');
            var dim = shape![i];
            if (dim.IsFixed) Literals.WriteNumber(writer, dim.Extent);
            else if (dim.Symbol is { } symbol) Literals.WriteIdentifier(writer, symbol);
            else writer.Write('?');
        }
        writer.Write(']');
    }

    static void WriteNested(TextWriter writer, string head, ValueType? inner)
    {
        writer.Write(head);
        Write(writer, inner);
        writer.Write(')');
    }

    static void WriteOpaque(TextWriter writer, OpaqueType type)
    {
        writer.Write("opaque(");
        if (type.Domain.Length > 0)
        {
            Literals.WriteDotted(writer, type.Domain);
            writer.Write(',');
        }
        if (type.Domain.Length + type.Name.Length > 0) Literals.WriteDotted(writer, type.Name);
        writer.Write(')');
    }
}
