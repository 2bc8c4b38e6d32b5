using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>
/// A sparse tensor in coordinate format: <see cref="Values"/> [NNZ] and <see cref="Indices"/>, either [NNZ] of linear offsets or
/// [NNZ, rank] of coordinates.
/// </summary>
public sealed class SparseTensor : TensorData
{
    public SparseTensor(ImmutableArray<long> dims, TensorData values, TensorData? indices) : base(values.Element, dims) =>
        (Values, Indices) = (values, indices);

    public TensorData Values { get; }

    /// <summary>Null in files that leave the indices out (legal only when there are no values).</summary>
    public TensorData? Indices { get; }

    public override long ByteLength => Values.ByteLength + (Indices?.ByteLength ?? 0);

    public override ReadOnlySpan<byte> Slice(long offset, int length) =>
        throw new NotSupportedException("a sparse tensor has no packed elements");

    public override bool ContentEquals(TensorData other) =>
        other is SparseTensor s && Dims.AsSpan().SequenceEqual(s.Dims.AsSpan()) && Values.ContentEquals(s.Values)
        && (Indices is null ? s.Indices is null : s.Indices is not null && Indices.ContentEquals(s.Indices));

    public override ulong ContentHash() => Values.ContentHash() ^ ((Indices?.ContentHash() ?? 0) * 31);
}
