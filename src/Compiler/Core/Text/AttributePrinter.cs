using System.Numerics;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>Writes attributes with their kinds, so that <c>alpha: float = 2</c> and empty lists read back as what they are.</summary>
sealed class AttributePrinter(TextWriter writer, PrintOptions options)
{
    public void Write(string name, AttributeValue value, Action<Graph> writeGraph)
    {
        Literals.WriteIdentifier(writer, name);
        if (value is not ReferenceAttribute { Kind: AttributeKind.Undefined })
        {
            writer.Write(": ");
            writer.Write(AttributeKinds.Name(value.Kind));
        }
        writer.Write(" = ");
        switch (value)
        {
            case ReferenceAttribute a:
                writer.Write('@');
                Literals.WriteIdentifier(writer, a.Parameter);
                break;
            case FloatAttribute a: Literals.WriteNumber(writer, a.Value); break;
            case IntAttribute a: Literals.WriteNumber(writer, a.Value); break;
            case StringAttribute a: Literals.WriteQuoted(writer, a.Bytes.AsSpan()); break;
            case TensorAttribute a: TensorPrinter.Write(writer, a.Value, options); break;
            case GraphAttribute a: writeGraph(a.Value); break;
            case TypeAttribute a: TypePrinter.Write(writer, a.Value); break;
            case FloatsAttribute a: WriteList(a.Values, WriteNumber); break;
            case IntsAttribute a: WriteList(a.Values, WriteNumber); break;
            case StringsAttribute a: WriteList(a.Values, v => Literals.WriteQuoted(writer, v.AsSpan())); break;
            case TensorsAttribute a: WriteList(a.Values, v => TensorPrinter.Write(writer, v, options)); break;
            case GraphsAttribute a: WriteList(a.Graphs, writeGraph); break;
            case TypesAttribute a: WriteList(a.Values, v => TypePrinter.Write(writer, v)); break;
            default: writer.Write('?'); break;
        }
    }

    void WriteNumber<T>(T value) where T : INumberBase<T> => Literals.WriteNumber(writer, value);

    void WriteList<T>(IReadOnlyList<T> values, Action<T> write)
    {
        writer.Write('[');
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0) writer.Write(", ");
            write(values[i]);
        }
        writer.Write(']');
    }
}
