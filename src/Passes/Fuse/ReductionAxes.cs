using Onnxc.IR;

namespace Onnxc.Passes.Fuse;

/// <summary>Axes of a reduction that keeps them, with an extent of one.</summary>
static class ReductionAxes
{
    /// <summary>Axes in ascending order, counted from zero; null when they are not known or not kept.</summary>
    public static long[]? Kept(Node node)
    {
        if (node.Attributes.Int("keepdims", 1) != 1 || node.Input(0)?.Shape is not { } shape) return null;
        var axes = node.Attributes.Has("axes") ? node.Attributes.Ints("axes")?.ToArray()
            : node.Input(1) is { } given ? ConstantVector.Int64s(given)
            : [];
        if (axes is null) return null;
        if (axes.Length == 0)
        {
            if (node.Attributes.Int("noop_with_empty_axes", 0) != 0) return null;
            axes = [.. Enumerable.Range(0, shape.Rank).Select(a => (long)a)];
        }
        long[] counted = [.. axes.Select(a => a < 0 ? a + shape.Rank : a).Distinct().Order()];
        return counted.Length > 0 && counted[0] >= 0 && counted[^1] < shape.Rank ? counted : null;
    }

    /// <summary>How many of the last axes are reduced; null when others are, or none.</summary>
    public static int? Trailing(Node node)
    {
        if (Kept(node) is not { } axes || node.Input(0)!.Shape!.Rank is var rank && axes[^1] != rank - 1) return null;
        return axes[^1] - axes[0] == axes.Length - 1 ? axes.Length : null;
    }
}
