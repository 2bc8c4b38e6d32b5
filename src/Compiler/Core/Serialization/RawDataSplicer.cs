using System.Buffers;
using Onnxc.IR;

namespace Onnxc.Serialization;

/// <summary>
/// Writes a serialized model whose markers stand for raw data: the inverse of <see cref="RawDataExtractor"/>. Lengths are measured
/// first, then everything is streamed, so memory does not grow with the weights.
/// </summary>
sealed class RawDataSplicer(ReadOnlyMemory<byte> skeleton, IReadOnlyList<TensorData> payloads)
{
    // Final lengths of the messages on the way to a marker, in the order in which the walk meets them.
    readonly List<long> lengths = [];
    int next;

    /// <summary>Bytes that <see cref="WriteTo"/> will write.</summary>
    public long Measure()
    {
        lengths.Clear();
        return payloads.Count == 0 ? skeleton.Length : Measure(skeleton.Span, MessageKind.Model);
    }

    public void WriteTo(IByteSink sink)
    {
        if (payloads.Count == 0)
        {
            sink.Write(skeleton.Span);
            return;
        }
        if (lengths.Count == 0) Measure();
        next = 0;
        Write(skeleton.Span, MessageKind.Model, sink);
    }

    long Measure(ReadOnlySpan<byte> message, MessageKind kind)
    {
        long total = 0;
        foreach (var field in new FieldReader(message))
        {
            if (Payload(field, kind) is { } payload)
            {
                total += field.TagLength + WireFormat.VarintSize(payload.ByteLength) + payload.ByteLength;
            }
            else if (LeadsToMarker(field, kind, out var child))
            {
                var slot = lengths.Count;
                lengths.Add(0);
                var length = Measure(field.Payload, child);
                lengths[slot] = length;
                total += field.TagLength + WireFormat.VarintSize(length) + length;
            }
            else
            {
                total += field.Whole.Length;
            }
        }
        return total;
    }

    void Write(ReadOnlySpan<byte> message, MessageKind kind, IByteSink sink)
    {
        foreach (var field in new FieldReader(message))
        {
            if (Payload(field, kind) is { } payload)
            {
                Header(field, payload.ByteLength, sink);
                sink.Write(payload);
            }
            else if (LeadsToMarker(field, kind, out var child))
            {
                Header(field, lengths[next++], sink);
                Write(field.Payload, child, sink);
            }
            else
            {
                sink.Write(field.Whole);
            }
        }
    }

    static void Header(FieldReader.Field field, long length, IByteSink sink)
    {
        var header = new ArrayBufferWriter<byte>(24);
        header.Write(field.Whole[..field.TagLength]);
        WireFormat.WriteVarint(header, (ulong)length);
        sink.Write(header.WrittenSpan);
    }

    TensorData? Payload(FieldReader.Field field, MessageKind kind) =>
        kind == MessageKind.Tensor && field.Number == WireFormat.RawDataField && RawDataMarker.TryRead(field.Payload, out var index)
            ? payloads[index]
            : null;

    static bool LeadsToMarker(FieldReader.Field field, MessageKind kind, out MessageKind child)
    {
        child = field.IsLengthDelimited ? WireFormat.Child(kind, field.Number) : MessageKind.Other;
        return child != MessageKind.Other && field.Payload.IndexOf(RawDataMarker.Tag) >= 0;
    }
}
