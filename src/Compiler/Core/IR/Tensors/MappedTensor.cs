using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>A tensor whose elements lie in a memory-mapped file: it costs address space, not memory.</summary>
public sealed class MappedTensor : TensorData
{
    internal MappedTensor(ElementType element, ImmutableArray<long> dims, MappedFile file, long offset, long length)
        : base(element, dims)
    {
        if (element.ByteLength(ElementCount) != length) throw new ArgumentException($"{Type} does not take {length} bytes", nameof(length));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, file.Length - offset);
        (File, Offset, ByteLength) = (file, offset, length);
    }

    internal MappedFile File { get; }

    /// <summary>Where the elements start in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>Full path of the file that holds the elements.</summary>
    public string Path => File.Path;

    public override long ByteLength { get; }

    public override ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ByteLength - offset);
        return File.Slice(Offset + offset, length);
    }
}
