using System.Buffers;
using Onnxc.Serialization;

namespace Onnxc.Tests.Serialization;

/// <summary>Protobuf messages put together by hand, for what protobuf itself would not write.</summary>
static class WireBytes
{
    /// <summary>A field of bytes.</summary>
    public static byte[] Field(int number, byte[] payload) => [.. Head(number, payload.Length), .. payload];

    /// <summary>A model of graphs in branches of <c>If</c>, one in the other.</summary>
    public static byte[] DeepGraphs(int depth)
    {
        // Inside out, and only the heads: protobuf would overflow the stack, and whole graphs would be copied over and over.
        byte[] op = Field(4, "If"u8.ToArray()), name = Field(1, "then_branch"u8.ToArray()), type = [0xA0, 1, 5];
        var heads = new List<byte[]>();
        var length = 0;
        for (var i = 0; i < depth; i++)
        {
            var body = Head(6, length);
            var attribute = Head(5, name.Length + body.Length + length + type.Length);
            var node = Head(1, op.Length + attribute.Length + name.Length + body.Length + length + type.Length);
            heads.Add([.. node, .. op, .. attribute, .. name, .. body]);
            length += heads[^1].Length + type.Length;
        }
        heads.Reverse();
        return [8, 8, .. Head(7, length), .. heads.SelectMany(h => h), .. Enumerable.Repeat(type, depth).SelectMany(t => t)];
    }

    static byte[] Head(int number, int length)
    {
        var output = new ArrayBufferWriter<byte>();
        WireFormat.WriteVarint(output, (ulong)((number << 3) | 2));
        WireFormat.WriteVarint(output, (ulong)length);
        return output.WrittenSpan.ToArray();
    }
}
