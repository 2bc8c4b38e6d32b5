using Onnxc.IR;

namespace Onnxc.Passes.Fold;

/// <summary>Computes <c>Shape</c> and <c>Size</c> of values whose data is not known but whose extents are.</summary>
static class StaticShape
{
    /// <summary>Null when an extent that matters is not fixed.</summary>
    public static TensorData? Fold(Node node)
    {
        if (node.Input(0)?.Shape is not { } shape) return null;
        if (node.Op.Is("Size")) return shape.ElementCount is { } count ? TensorData.Scalar(count) : null;

        // `start` and `end` exist since version 15; only the extents between them have to be fixed.
        if (node.Attributes.Int("start", 0) is not { } start || node.Attributes.Int("end", shape.Rank) is not { } end) return null;
        var first = Clamp(start, shape.Rank);
        var dims = shape.Dims.AsSpan(first, Math.Max(0, Clamp(end, shape.Rank) - first));
        var extents = new long[dims.Length];
        for (var i = 0; i < dims.Length; i++)
        {
            if (!dims[i].IsFixed || dims[i].Extent < 0) return null;
            extents[i] = dims[i].Extent;
        }
        return TensorData.Int64s(extents);
    }

    static int Clamp(long axis, int rank) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
}
