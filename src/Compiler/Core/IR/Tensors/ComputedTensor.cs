using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>A tensor whose elements are computed when they are first asked for: what quantized weights stand for, which may be more than is worth keeping.</summary>
/// <param name="compute">Makes the packed elements.</param>
public sealed class ComputedTensor(ElementType element, ImmutableArray<long> dims, Func<byte[]> compute) : TensorData(element, dims)
{
    readonly Lazy<byte[]> bytes = new(compute);

    public override long ByteLength => Element.ByteLength(ElementCount);

    public override ReadOnlySpan<byte> Slice(long offset, int length) => bytes.Value.AsSpan(checked((int)offset), length);
}
