using System.Buffers;
using Onnxc.Diagnostics;

namespace Onnxc.Serialization;

/// <summary>
/// Copies a serialized model without the raw data of its larger tensors, which it replaces by markers: protobuf then parses only the
/// skeleton, and the weights stay in the mapped file.
/// </summary>
sealed class RawDataExtractor(ByteSource source, int maxNesting)
{
    readonly List<(long Offset, long Length)> payloads = [];

    /// <summary>Where the extracted raw data lie, by marker index.</summary>
    public IReadOnlyList<(long Offset, long Length)> Payloads => payloads;

    public ReadOnlyMemory<byte> Extract()
    {
        var output = new ArrayBufferWriter<byte>();
        Message(0, source.Length, MessageKind.Model, output, 0);
        return output.WrittenMemory;
    }

    void Message(long start, long end, MessageKind kind, ArrayBufferWriter<byte> output, int nesting)
    {
        if (nesting > maxNesting) throw Malformed(Descriptors.NestedTooDeeply, start, maxNesting);
        var position = start;
        while (position < end)
        {
            var fieldStart = position;
            var tag = Varint(ref position, end);
            var field = tag >> 3 is > 0 and <= int.MaxValue ? (int)(tag >> 3) : throw Malformed(Descriptors.MalformedFile, fieldStart, "a field has an impossible number");
            switch (tag & 7)
            {
                case 0: Varint(ref position, end); break;
                case 1: position += 8; break;
                case 5: position += 4; break;
                case 2:
                    var length = Varint(ref position, end);
                    if (length > (ulong)(end - position)) throw Malformed(Descriptors.TruncatedFile, fieldStart, length, end - position);
                    var payload = position;
                    position += (long)length;
                    if (kind == MessageKind.Tensor && field == WireFormat.RawDataField && length >= RawDataMarker.Threshold)
                    {
                        WireFormat.WriteVarint(output, tag);
                        WireFormat.WriteVarint(output, RawDataMarker.Length);
                        output.Write(RawDataMarker.Create(payloads.Count));
                        payloads.Add((payload, (long)length));
                        continue;
                    }
                    // A message that is shorter than the threshold cannot hold anything to extract.
                    var child = WireFormat.Child(kind, field);
                    if (child != MessageKind.Other && length >= RawDataMarker.Threshold)
                    {
                        var nested = new ArrayBufferWriter<byte>((int)Math.Min(length, 4096));
                        Message(payload, position, child, nested, child == MessageKind.Graph ? nesting + 1 : nesting);
                        WireFormat.WriteVarint(output, tag);
                        WireFormat.WriteVarint(output, (ulong)nested.WrittenCount);
                        output.Write(nested.WrittenSpan);
                        continue;
                    }
                    break;
                default:
                    throw Malformed(Descriptors.MalformedFile, fieldStart, "a field has a wire type that ONNX does not use");
            }
            if (position > end) throw Malformed(Descriptors.TruncatedFile, fieldStart, position - fieldStart, end - fieldStart);
            Copy(fieldStart, position - fieldStart, output);
        }
    }

    void Copy(long offset, long length, ArrayBufferWriter<byte> output)
    {
        if (length + output.WrittenCount > int.MaxValue / 2)
            throw Malformed(Descriptors.MalformedFile, offset, "a field other than the raw data of a tensor is larger than 1 GiB");
        output.Write(source.Slice(offset, (int)length));
    }

    ulong Varint(ref long position, long end)
    {
        var window = source.Slice(position, (int)Math.Min(10, end - position));
        if (!WireFormat.TryReadVarint(window, out var value, out var length))
            throw Malformed(Descriptors.MalformedFile, position, "a number is cut off or has more than ten bytes");
        position += length;
        return value;
    }

    static DiagnosticException Malformed(Descriptor descriptor, long offset, params ReadOnlySpan<object?> arguments) =>
        new(Diagnostic.Create(descriptor, null, arguments)
            .WithNote(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"at byte {offset} of the file")));
}
