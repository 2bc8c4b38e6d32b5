namespace Onnxc.Runtime;

/// <summary>Keeps some runs of rows along the last axis of every tensor of a value, at equal distances.</summary>
/// <param name="each">Runs of a tensor, at most.</param>
/// <param name="run">Rows of a run; a tensor of fewer is left out.</param>
sealed class RowSamples(int each, int run)
{
    readonly List<float> kept = [];
    long width = -1;

    /// <summary>The rows, one behind the other; null when nothing was seen, or rows of different lengths.</summary>
    public float[]? All => width > 0 ? [.. kept] : null;

    public void Add(ReadOnlySpan<float> numbers, ReadOnlySpan<long> dims)
    {
        if (width < 0 && dims.Length > 0) width = dims[^1];
        if (dims.Length == 0 || dims[^1] != width) width = 0;
        if (width == 0) return;
        var runs = numbers.Length / width / run;
        var count = Math.Min(each, runs);
        for (var i = 0L; i < count; i++) kept.AddRange(numbers.Slice((int)((2 * i + 1) * runs / (2 * count) * run * width), (int)(run * width)));
    }
}
