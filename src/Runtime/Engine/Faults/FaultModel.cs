namespace Onnxc.Runtime;

/// <summary>Which faults strike.</summary>
public sealed record FaultModel
{
    public FaultKind Kind { get; init; }

    public FaultSampler Sampler { get; init; }

    public FaultCodec Codec { get; init; }

    /// <summary>The only bit of an element that is hit, 0 for the least significant one; null for all.</summary>
    public int? Bit { get; init; }
}
