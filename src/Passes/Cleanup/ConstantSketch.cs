using System.IO.Hashing;
using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Passes.Cleanup;

/// <summary>
/// Type, size and a hash of the extents and a few bytes: tells nearly all tensors apart without reading the weights, which may be larger
/// than memory. The same in every process, so that what is grouped by it keeps its order.
/// </summary>
readonly record struct ConstantSketch(ElementType Element, long Count, ulong Hash)
{
    const int SampleLength = 512;

    public static ConstantSketch Of(TensorData tensor)
    {
        var hash = new XxHash3();
        hash.Append(MemoryMarshal.AsBytes(tensor.Dims.AsSpan()));
        // Strings and sparse tensors have no packed elements to take a sample of.
        if (tensor is not SparseTensor && tensor.ByteLength > 0)
        {
            var length = (int)Math.Min(SampleLength, tensor.ByteLength);
            hash.Append(tensor.Slice(0, length));
            hash.Append(tensor.Slice((tensor.ByteLength - length) / 2, length));
            hash.Append(tensor.Slice(tensor.ByteLength - length, length));
        }
        return new(tensor.Element, tensor.ElementCount, hash.GetCurrentHashAsUInt64());
    }
}
