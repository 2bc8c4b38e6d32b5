using Onnxc.IR;

namespace Onnxc.Serialization;

/// <summary>Finds the raw data of tensors that the reader did not turn into IR, by the index in their markers.</summary>
sealed class TrainingInfoPayloads(ByteSource source, IReadOnlyList<(long Offset, long Length)> payloads)
{
    /// <summary>All raw data that was left out, as tensors of bytes, by marker index.</summary>
    public IEnumerable<TensorData> All => payloads.Select(p => source.Tensor(ElementType.UInt8, [p.Length], p.Offset, p.Length, this));
}
