using Onnxc.IR;

namespace Onnxc.Serialization;

/// <summary>Bytes of a model: a mapped file, or an array.</summary>
abstract class ByteSource
{
    public abstract long Length { get; }

    public abstract ReadOnlySpan<byte> Slice(long offset, int length);

    /// <summary>A tensor over part of the source, sharing its memory where it can.</summary>
    public abstract TensorData Tensor(ElementType element, System.Collections.Immutable.ImmutableArray<long> dims, long offset, long length, object origin);

    public sealed class Mapped(MappedFile file) : ByteSource
    {
        public override long Length => file.Length;

        public override ReadOnlySpan<byte> Slice(long offset, int length) => file.Slice(offset, length);

        public override TensorData Tensor(ElementType element, System.Collections.Immutable.ImmutableArray<long> dims, long offset, long length, object origin) =>
            new MappedTensor(element, dims, file, offset, length) { Origin = origin };
    }

    public sealed class Memory(ReadOnlyMemory<byte> bytes) : ByteSource
    {
        public override long Length => bytes.Length;

        public override ReadOnlySpan<byte> Slice(long offset, int length) => bytes.Span.Slice(checked((int)offset), length);

        public override TensorData Tensor(ElementType element, System.Collections.Immutable.ImmutableArray<long> dims, long offset, long length, object origin) =>
            new DenseTensor(element, dims, bytes.Slice(checked((int)offset), checked((int)length)).ToArray()) { Origin = origin };
    }
}
