using Onnxc.IR;

namespace Onnxc.Serialization;

/// <summary>
/// Lays out the external data file: each tensor once, in order of first mention, aligned so that ONNX Runtime can map it.
/// </summary>
sealed class ExternalLayout(string location, Func<TensorData, bool> wants)
{
    // ONNX Runtime maps weights in place when they start on a page; smaller ones would only leave holes.
    const int PageSize = 4096, SmallAlignment = 64;

    readonly Dictionary<TensorData, long> offsets = new(ReferenceEqualityComparer.Instance);
    readonly List<(TensorData Data, long Offset)> order = [];

    public IReadOnlyList<(TensorData Data, long Offset)> Order => order;

    public long Length { get; private set; }

    public bool Wants(TensorData data) => wants(data);

    public (string Location, long Offset) Place(TensorData data)
    {
        if (!offsets.TryGetValue(data, out var offset))
        {
            var alignment = data.ByteLength >= PageSize ? PageSize : SmallAlignment;
            offset = (Length + alignment - 1) / alignment * alignment;
            Length = offset + data.ByteLength;
            offsets.Add(data, offset);
            order.Add((data, offset));
        }
        return (location, offset);
    }
}
