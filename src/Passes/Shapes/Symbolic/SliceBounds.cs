using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>What a <c>Slice</c> does to one axis, whether attributes (below version 10) or inputs say it. A null step is not known.</summary>
sealed record SliceBounds(SymbolicInt Start, SymbolicInt End, long? Step)
{
    /// <summary>One entry per axis, null where the axis stays whole; null when the axes are not known.</summary>
    public static SliceBounds?[]? Of(ShapeAnalysis analysis, Node node, int rank)
    {
        var byAttribute = node.Attributes.Has("starts");
        var starts = byAttribute ? Constants(node, "starts") : analysis.ElementsOf(node.Input(1))?.Elements;
        var ends = byAttribute ? Constants(node, "ends") : analysis.ElementsOf(node.Input(2))?.Elements;
        if (starts is not { } first || ends is not { } last || first.Length != last.Length) return null;

        var hasAxes = node.Attributes.Has("axes") || node.Input(3) is not null;
        var axes = hasAxes ? analysis.Integers(node, "axes", 3) : [.. Enumerable.Range(0, first.Length).Select(i => (long)i)];
        if (axes is null || axes.Length != first.Length) return null;
        var steps = node.Input(4) is { } given ? analysis.ElementsOf(given) : null;
        if (steps is not null && steps.Length != first.Length) return null;

        var bounds = new SliceBounds?[rank];
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = axes[i] < 0 ? axes[i] + rank : axes[i];
            if (axis < 0 || axis >= rank || bounds[axis] is not null) return null;
            bounds[axis] = new(first[i], last[i], node.Input(4) is null ? 1 : steps?.Elements[i].Constant is { } step and not 0 ? step : null);
        }
        return bounds;
    }

    static System.Collections.Immutable.ImmutableArray<SymbolicInt>? Constants(Node node, string name) =>
        node.Attributes.Ints(name) is { } values ? [.. values.Select(SymbolicInt.Of)] : null;

    /// <summary>The first index, of an axis of <paramref name="length"/>.</summary>
    public static long Clamp(long start, long length, long step)
    {
        var index = start < 0 ? start + length : start;
        return step > 0 ? Math.Clamp(index, 0, length) : Math.Clamp(index, -1, length - 1);
    }

    /// <summary>The index behind the last.</summary>
    public static long ClampEnd(long end, long length, long step)
    {
        var index = end < 0 ? end + length : end;
        return step > 0 ? Math.Clamp(index, 0, length) : Math.Clamp(index, -1, length - 1);
    }

    /// <summary>Number of indices along an axis of <paramref name="extent"/>.</summary>
    public SymbolicInt Length(SymbolTable symbols, SymbolicInt extent)
    {
        if (Step == 1 && Start.Is(0) && End.Constant is >= int.MaxValue) return extent;
        if (Step is { } step && extent.Constant is { } length && Start.Constant is { } start && End.Constant is { } end)
        {
            var (from, to) = (Clamp(start, length, step), ClampEnd(end, length, step));
            var span = step > 0 ? to - from : from - to;
            return SymbolicInt.Of(span <= 0 ? 0 : (long)((span - 1) / Int128.Abs(step)) + 1);
        }
        if (Step == 1 && Bound(symbols, Start, extent) is { } low && Bound(symbols, End, extent) is { } high)
            return symbols.Max(symbols.Subtract(high, low), SymbolicInt.Zero);
        return symbols.Function($"slice({Start}, {End}, {Step}, {extent})", 0);
    }

    // An index that is known to count from the front, or from the back, clamped to the axis.
    static SymbolicInt? Bound(SymbolTable symbols, SymbolicInt index, SymbolicInt extent)
    {
        if (index.Minimum >= 0) return symbols.Min(index, extent);
        return index.Constant is < 0 and > -int.MaxValue ? symbols.Max(symbols.Add(extent, index), SymbolicInt.Zero) : null;
    }
}
