using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Sprache;

namespace Onnxc.Text;

/// <summary>Data of tensors behind their type: <c>{1, 2}</c>, external data, or values and indices of a sparse tensor.</summary>
static class TensorGrammar
{
    static readonly Parser<KeyValuePair<string, string>> Pair =
        from key in Tokens.String
        from colon in Tokens.Symbol(":")
        from value in Tokens.String
        select KeyValuePair.Create(key, value);

    /// <summary><c>["key": "value", ..]</c></summary>
    public static readonly Parser<IReadOnlyList<KeyValuePair<string, string>>> Pairs = Rules.List('[', Pair, ']');

    static readonly Parser<TensorData> Part =
        from type in Rules.Locate(TypeGrammar.Type)
        from data in type.Value is TensorType ? Data(type, "a part of a sparse tensor") : Refuse(type)
        select data;

    /// <summary>Data of type <paramref name="type"/>, which comes next; <paramref name="name"/> is for messages.</summary>
    public static Parser<TensorData> Data(Located<ValueType> type, string name) => type.Value switch
    {
        TensorType { Shape: { } shape } t when Dims(shape) is { } dims => Dense(t.Element, dims, name),
        SparseTensorType { Shape: { } shape } t when Dims(shape) is { } dims =>
            Rules.Locate(Rules.List('{', Part, '}')).Then(parts => new Parser<TensorData>(i => Sparse((TextInput)i, t.Element, dims, parts))),
        _ => Refuse(type),
    };

    static Parser<TensorData> Dense(ElementType element, ImmutableArray<long> dims, string name) => i =>
    {
        var input = ((TextInput)i).At(Scanner.SkipSpace(i.Source, i.Position));
        return Scanner.Peek(i.Source, input.Position) switch
        {
            '{' => Literal(input, element, dims, name),
            '[' => External(input, element, dims, name),
            _ => Rules.Fail<TensorData>(input, "`{`", "`[`"),
        };
    };

    static Parser<TensorData> Refuse(Located<ValueType> type) => i =>
    {
        var origin = ((TextInput)i).Origin;
        throw origin.Error(Descriptors.TextTensorType, type.Position, Scanner.TokenEnd(origin.Text, type.Position) - type.Position, type.Value);
    };

    static ImmutableArray<long>? Dims(Shape shape)
    {
        if (!shape.IsStatic) return null;
        ImmutableArray<long> dims = [.. shape.Dims.Select(d => d.Extent)];
        return TensorData.CountElements(dims) is null ? null : dims;
    }

    static IResult<TensorData> Literal(TextInput input, ElementType element, ImmutableArray<long> dims, string name)
    {
        var (source, text) = (input.Origin, input.Source);
        var open = Scanner.SkipSpace(text, input.Position);
        var start = Scanner.SkipSpace(text, open + 1);
        if (string.CompareOrdinal(text, start, "...", 0, 3) == 0) throw source.Error(Descriptors.TextWeightsElided, start, 3, name);

        var count = TensorData.CountElements(dims)!.Value;
        var type = element.Name();
        if (element == ElementType.String) return Strings(input, dims, start, type);
        var parts = element is ElementType.Complex64 or ElementType.Complex128 ? 2 : 1;
        var (bytes, found, end) = element switch
        {
            ElementType.Float or ElementType.Complex64 => NumberReader.Bytes<float>(source, start, type, count),
            ElementType.Double or ElementType.Complex128 => NumberReader.Bytes<double>(source, start, type, count),
            ElementType.Int8 => NumberReader.Bytes<sbyte>(source, start, type, count),
            ElementType.Int16 => NumberReader.Bytes<short>(source, start, type, count),
            ElementType.Int32 => NumberReader.Bytes<int>(source, start, type, count),
            ElementType.Int64 => NumberReader.Bytes<long>(source, start, type, count),
            ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 => NumberReader.Bytes<ushort>(source, start, type, count),
            ElementType.UInt32 => NumberReader.Bytes<uint>(source, start, type, count),
            ElementType.UInt64 => NumberReader.Bytes<ulong>(source, start, type, count),
            _ => element.BitWidth() switch
            {
                8 => NumberReader.Bytes<byte>(source, start, type, count),
                2 or 4 => NumberReader.Packed(source, start, type, element.BitWidth(), element is ElementType.Int4 or ElementType.Int2, count),
                // Elements of an unknown type have no form; tensors that state one carry no data either.
                _ => Scanner.Peek(text, start) == '}' ? ([], 0, start + 1) : throw source.Unexpected(start, "`}`"),
            },
        };
        var needed = element.BitWidth() == 0 ? 0 : (Int128)count * parts;
        if (found != needed) throw WrongCount(source, open, new TensorType(element, new Shape(dims)), needed, found);
        return Result.Success<TensorData>(new DenseTensor(element, dims, bytes), input.At(end));
    }

    static IResult<TensorData> Strings(TextInput input, ImmutableArray<long> dims, int start, string type)
    {
        var strings = StringList(input, start, '}');
        var needed = TensorData.CountElements(dims)!.Value;
        if (strings.Values.Length != needed)
            throw WrongCount(input.Origin, input.Position, new TensorType(ElementType.String, new Shape(dims)), needed, strings.Values.Length);
        return Result.Success<TensorData>(new StringTensor(dims, strings.Values), input.At(strings.End));
    }

    /// <summary>Strings up to <paramref name="close"/>, from behind the opening bracket.</summary>
    public static (ImmutableArray<byte[]> Values, int End) StringList(TextInput input, int position, char close)
    {
        var values = ImmutableArray.CreateBuilder<byte[]>();
        position = Scanner.SkipSpace(input.Source, position);
        if (Scanner.Peek(input.Source, position) == close) return ([], position + 1);
        while (true)
        {
            position = Scanner.SkipSpace(input.Source, position);
            if (Tokens.TakeString(input, position) is not var (value, end)) throw input.Origin.Unexpected(position, "a string");
            values.Add(value);
            position = Scanner.SkipSpace(input.Source, end);
            var next = position < input.Source.Length ? input.Source[position] : '\0';
            if (next == close) return (values.ToImmutable(), position + 1);
            if (next != ',') throw input.Origin.Unexpected(position, "`,`", $"`{close}`");
            position++;
        }
    }

    static DiagnosticException WrongCount(TextSource source, int open, ValueType type, Int128 needed, int found) =>
        source.Error(Descriptors.TextElementCount, open, 1, type, needed, found);

    static IResult<TensorData> External(TextInput input, ElementType element, ImmutableArray<long> dims, string name)
    {
        var open = Scanner.SkipSpace(input.Source, input.Position);
        var entries = Pairs(input);
        if (!entries.WasSuccessful) return Rules.Fail<TensorData>(entries.Remainder, entries.Expectations);
        var source = input.Origin;
        var length = entries.Remainder.Position - open;
        if (source.External is not { } external) throw source.Error(Descriptors.TextExternalData, open, length, name);
        try
        {
            return Result.Success(external.Open(name, element, dims, entries.Value), entries.Remainder);
        }
        catch (DiagnosticException e) when (e.Diagnostic.Location is null)
        {
            throw new DiagnosticException(e.Diagnostic with { Location = TextLocation.At(source.Text, open, length, source.File) });
        }
    }

    static IResult<TensorData> Sparse(TextInput input, ElementType element, ImmutableArray<long> dims, Located<IReadOnlyList<TensorData>> parts)
    {
        var (values, indices) = (parts.Value.ElementAtOrDefault(0), parts.Value.ElementAtOrDefault(1));
        if (parts.Value.Count > 2 || values?.Element != element || (indices?.Element ?? ElementType.Int64) != ElementType.Int64)
            throw input.Origin.Error(Descriptors.TextSparseParts, parts.Position, 1, element.Name());
        return Result.Success<TensorData>(new SparseTensor(dims, values, indices), input);
    }
}
