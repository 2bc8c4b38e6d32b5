namespace Onnxc.Runtime;

/// <summary>
/// One trial. <paramref name="Right"/>: samples decided as their label says, null without labels; <paramref name="Same"/>: as the model without faults
/// decides them; <paramref name="Hits"/>: bits that were hit. A decision that rests on a NaN is neither.
/// </summary>
public sealed record FaultTrial(int? Right, int Same, long Hits);
