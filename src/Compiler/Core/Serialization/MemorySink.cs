using Onnxc.IR;

namespace Onnxc.Serialization;

/// <summary>Collects bytes in an array of known length.</summary>
sealed class MemorySink(int length) : IByteSink
{
    int position;

    public byte[] Bytes { get; } = new byte[length];

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Bytes.AsSpan(position));
        position += bytes.Length;
    }

    public void Write(TensorData data) => Write(data.Bytes);
}
