namespace Onnxc.Kernels.Numerics;

/// <summary>Cuts a tensor into runs along which either bound stands still or moves element by element.</summary>
sealed class BoundedRuns
{
    // Axes that behave alike are one; innermost last.
    readonly List<(long Extent, long Low, long High)> axes = [];

    public BoundedRuns(ReadOnlySpan<long> shape, ReadOnlySpan<long> low, ReadOnlySpan<long> high)
    {
        for (var i = 0; i < shape.Length; i++)
        {
            if (shape[i] == 1) continue;
            var axis = (Extent: shape[i], Low: low[i], High: high[i]);
            if (axes.Count > 0 && axes[^1] is var outer && outer.Low == axis.Low * axis.Extent && outer.High == axis.High * axis.Extent)
                axes[^1] = axis with { Extent = outer.Extent * axis.Extent };
            else
                axes.Add(axis);
        }
        if (axes.Count == 0) axes.Add((1, 0, 0));
    }

    /// <summary>The axes, innermost last, and how far a step along each moves in the bounds.</summary>
    public IReadOnlyList<(long Extent, long Low, long High)> Axes => axes;

    /// <summary>The run that starts at <paramref name="offset"/>, of <paramref name="most"/> elements at most.</summary>
    public BoundedRun At(long offset, int most)
    {
        var inner = axes[^1];
        var (outside, position) = Math.DivRem(offset, inner.Extent);
        var (low, high) = (position * inner.Low, position * inner.High);
        for (var i = axes.Count - 2; i >= 0 && outside > 0; i--)
        {
            (outside, var step) = Math.DivRem(outside, axes[i].Extent);
            low += step * axes[i].Low;
            high += step * axes[i].High;
        }
        return new((int)Math.Min(most, inner.Extent - position), low, (int)inner.Low, high, (int)inner.High);
    }
}
