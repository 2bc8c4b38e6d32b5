using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>A tensor whose elements lie in managed memory.</summary>
public sealed class DenseTensor : TensorData
{
    readonly byte[] bytes;

    /// <summary>Takes ownership of <paramref name="bytes"/>, whose length must be what type and extents ask for.</summary>
    public DenseTensor(ElementType element, ImmutableArray<long> dims, byte[] bytes) : base(element, dims)
    {
        if (element.ByteLength(ElementCount) != bytes.LongLength)
            throw new ArgumentException($"{Type} takes {element.ByteLength(ElementCount)} bytes, found {bytes.LongLength}", nameof(bytes));
        this.bytes = bytes;
    }

    public override long ByteLength => bytes.LongLength;

    public override ReadOnlySpan<byte> Slice(long offset, int length) => bytes.AsSpan(checked((int)offset), length);
}
