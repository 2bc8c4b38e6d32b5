using System.Collections.Immutable;

namespace Onnxc.Calibration;

/// <summary>Least and greatest finite number of every element of a value, over all samples. <paramref name="Dims"/>: its extents without the first.</summary>
public sealed record ElementBounds(ImmutableArray<long> Dims, float[] Least, float[] Most);
