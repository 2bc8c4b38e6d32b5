using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>One assignment of free dimensions: extents for batches, for sequences and other free axes, and for the sides of images.</summary>
sealed record DimensionGuess(long Batch, long Length, long Side)
{
    /// <summary>Tried in turn. Small first; multiples of 32, since many networks halve their input five times; then sizes that exporters fix.</summary>
    public static readonly DimensionGuess[] All =
    [
        new(2, 8, 64), new(1, 8, 64), new(1, 1, 64), new(1, 16, 224), new(1, 64, 32), new(1, 128, 256), new(1, 512, 320),
    ];

    public long For(Dim dim, int axis, Shape shape)
    {
        if (dim.IsFixed) return dim.Extent;
        var name = dim.Symbol?.ToLowerInvariant() ?? "";
        // A past that is empty is what decoders start from, and always consistent with their masks.
        if (name.Contains("past", StringComparison.Ordinal) && !name.Contains('+', StringComparison.Ordinal)) return 0;
        if (axis == 0 || name.Contains("batch", StringComparison.Ordinal)) return Batch;
        // State of a recurrent layer: [directions, batch, hidden].
        if (shape.Rank == 3 && axis == 1 && shape[0].IsFixed && shape[2].IsFixed && dim.IsUnknown) return Batch;
        if (shape.Rank != 4) return Length;
        if (axis == 1) return shape[3] is { IsFixed: true, Extent: 1 or 3 } ? Side : 3;
        return axis == 3 && shape[1] is not { IsFixed: true, Extent: 1 or 3 } && shape[2].IsFixed ? 3 : Side;
    }
}
