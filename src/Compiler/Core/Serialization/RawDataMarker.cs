using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Onnxc.Serialization;

/// <summary>
/// Stands for raw data that was left out of a message: a random tag of this process and an index. A file cannot forge one, since it
/// would have to guess the tag.
/// </summary>
static class RawDataMarker
{
    public const int Length = 24;

    /// <summary>Raw data of at least this many bytes stays out of the messages.</summary>
    public const int Threshold = 1024;

    static readonly byte[] TagBytes = RandomNumberGenerator.GetBytes(16);

    public static ReadOnlySpan<byte> Tag => TagBytes;

    public static byte[] Create(int index)
    {
        var bytes = new byte[Length];
        TagBytes.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), index);
        return bytes;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out int index)
    {
        index = 0;
        if (bytes.Length != Length || !bytes.StartsWith(TagBytes)) return false;
        index = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        return true;
    }
}
