using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>
/// Values as ONNX test data stores them: TensorProto, SequenceProto, OptionalProto or MapProto. A file does not say which; the type does.
/// </summary>
public static class ValueFile
{
    const int DeepestNesting = 16;

    // Kinds in field elem_type of SequenceProto and OptionalProto.
    const ulong Tensor = 1, SparseTensor = 2, Sequence = 3, Map = 4, Optional = 5;

    /// <summary>Reads a value of type <paramref name="type"/>; a tensor when that is null. <paramref name="file"/> is for messages.</summary>
    public static Result<RuntimeValue> Read(ReadOnlyMemory<byte> bytes, IR.ValueType? type, string file)
    {
        try
        {
            return Result<RuntimeValue>.Ok(type switch
            {
                SequenceType => ReadSequence(bytes, 0),
                OptionalType => ReadOptional(bytes, 0),
                MapType => ReadMap(bytes, 0),
                SparseTensorType => throw new FormatException("sparse tensors are not supported"),
                _ => ReadTensor(bytes),
            });
        }
        catch (FormatException e)
        {
            return Result<RuntimeValue>.Fail(Diagnostic.Create(Descriptors.MalformedTestData, null, file, e.Message));
        }
    }

    static TensorValue ReadTensor(ReadOnlyMemory<byte> bytes)
    {
        var tensor = TensorFile.Read(bytes);
        return tensor.IsOk ? new TensorValue(tensor.Value) : throw new FormatException(tensor.Diagnostics[0].Message);
    }

    // SequenceProto: name = 1, elem_type = 2, tensors = 3, sparse = 4, sequences = 5, maps = 6, optionals = 7.
    static SequenceValue ReadSequence(ReadOnlyMemory<byte> bytes, int depth)
    {
        Descend(depth);
        var items = ImmutableArray.CreateBuilder<RuntimeValue>();
        var reader = new WireReader(bytes.Span);
        while (reader.Next())
        {
            var payload = bytes.Slice(reader.PayloadStart, reader.Payload.Length);
            if (reader.Field == 3) items.Add(ReadTensor(payload));
            else if (reader.Field == 5) items.Add(ReadSequence(payload, depth + 1));
            else if (reader.Field == 6) items.Add(ReadMap(payload, depth + 1));
            else if (reader.Field == 7) items.Add(ReadOptional(payload, depth + 1));
            else if (reader.Field == 4) throw new FormatException("sparse tensors are not supported");
        }
        return new SequenceValue(items.ToImmutable());
    }

    // OptionalProto: name = 1, elem_type = 2, tensor = 3, sparse = 4, sequence = 5, map = 6, optional = 7.
    static RuntimeValue ReadOptional(ReadOnlyMemory<byte> bytes, int depth)
    {
        Descend(depth);
        RuntimeValue value = NoneValue.Instance;
        var kind = Tensor;
        var reader = new WireReader(bytes.Span);
        while (reader.Next())
        {
            if (reader.Field == 2) kind = reader.Number;
            if (reader.Field is < 3 or > 7) continue;
            // An empty tensor field stands for nothing in files that older ONNX releases wrote.
            if (reader.Payload.IsEmpty && kind == Tensor) continue;
            var payload = bytes.Slice(reader.PayloadStart, reader.Payload.Length);
            value = (ulong)(reader.Field - 2) switch
            {
                Tensor => ReadTensor(payload),
                Sequence => ReadSequence(payload, depth + 1),
                Map => ReadMap(payload, depth + 1),
                Optional => ReadOptional(payload, depth + 1),
                SparseTensor or _ => throw new FormatException("sparse tensors are not supported"),
            };
        }
        return value;
    }

    // MapProto: name = 1, key_type = 2, keys = 3 (varints, packed or not), string_keys = 4, values = 5 (SequenceProto).
    static MapValue ReadMap(ReadOnlyMemory<byte> bytes, int depth)
    {
        Descend(depth);
        var (numbers, strings) = (new List<long>(), new List<byte[]>());
        var items = new SequenceValue([]);
        var reader = new WireReader(bytes.Span);
        while (reader.Next())
        {
            if (reader.Field == 3 && reader.Payload.IsEmpty) numbers.Add((long)reader.Number);
            else if (reader.Field == 3) ReadPacked(reader.Payload, numbers);
            else if (reader.Field == 4) strings.Add(reader.Payload.ToArray());
            else if (reader.Field == 5) items = ReadSequence(bytes.Slice(reader.PayloadStart, reader.Payload.Length), depth + 1);
        }
        TensorData keys = strings.Count > 0
            ? new StringTensor([strings.Count], [.. strings])
            : TensorData.Int64s(CollectionsMarshal.AsSpan(numbers), numbers.Count);
        return new MapValue(keys, items);
    }

    static void ReadPacked(ReadOnlySpan<byte> payload, List<long> numbers)
    {
        for (var i = 0; i < payload.Length;)
        {
            ulong value = 0;
            var shift = 0;
            byte next;
            do
            {
                if (i >= payload.Length || shift > 63) throw new FormatException("it ends within a number");
                next = payload[i++];
                value |= (ulong)(next & 0x7F) << shift;
                shift += 7;
            }
            while (next >= 0x80);
            numbers.Add((long)value);
        }
    }

    static void Descend(int depth)
    {
        if (depth > DeepestNesting) throw new FormatException("it is nested too deeply");
    }
}
