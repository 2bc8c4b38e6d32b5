using System.Buffers;

namespace Onnxc.Serialization;

/// <summary>The few facts of the protobuf wire format that splicing raw data in and out needs.</summary>
static class WireFormat
{
    public const int RawDataField = 9;

    /// <summary>Kind of message that field <paramref name="field"/> of a <paramref name="parent"/> holds.</summary>
    public static MessageKind Child(MessageKind parent, int field) => (parent, field) switch
    {
        (MessageKind.Model, 7) => MessageKind.Graph,
        (MessageKind.Model, 20) => MessageKind.Training,
        (MessageKind.Model, 25) => MessageKind.Function,
        (MessageKind.Training, 1 or 2) => MessageKind.Graph,
        (MessageKind.Graph, 1) => MessageKind.Node,
        (MessageKind.Graph, 5) => MessageKind.Tensor,
        (MessageKind.Graph, 15) => MessageKind.Sparse,
        (MessageKind.Function, 7) => MessageKind.Node,
        (MessageKind.Function, 11) => MessageKind.Attribute,
        (MessageKind.Node, 5) => MessageKind.Attribute,
        (MessageKind.Attribute, 5 or 10) => MessageKind.Tensor,
        (MessageKind.Attribute, 6 or 11) => MessageKind.Graph,
        (MessageKind.Attribute, 22 or 23) => MessageKind.Sparse,
        (MessageKind.Sparse, 1 or 2) => MessageKind.Tensor,
        _ => MessageKind.Other,
    };

    /// <summary>Reads a varint; false when the bytes end first or it has more than ten.</summary>
    public static bool TryReadVarint(ReadOnlySpan<byte> bytes, out ulong value, out int length)
    {
        value = 0;
        for (length = 0; length < bytes.Length && length < 10;)
        {
            var b = bytes[length];
            value |= (ulong)(b & 0x7f) << (7 * length);
            length++;
            if (b < 0x80) return true;
        }
        return false;
    }

    public static void WriteVarint(IBufferWriter<byte> output, ulong value)
    {
        var span = output.GetSpan(10);
        var n = 0;
        for (; value >= 0x80; value >>= 7) span[n++] = (byte)(value | 0x80);
        span[n++] = (byte)value;
        output.Advance(n);
    }

    public static int VarintSize(long value)
    {
        var n = 1;
        for (var v = (ulong)value; v >= 0x80; v >>= 7) n++;
        return n;
    }
}
