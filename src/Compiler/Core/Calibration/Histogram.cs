namespace Onnxc.Calibration;

/// <summary>
/// Counts of numbers in bins of equal width, a power of two, that begin at multiples of it. A histogram is made coarser by adding neighbours, which is
/// exact, and its width follows from the range of the numbers alone, so that any division of the data gives the same histogram.
/// </summary>
public sealed class Histogram
{
    /// <summary>Bins at most; a range that fits in fewer gets more than half as many.</summary>
    public const int MostBins = 4096;

    // Below this share of the largest number a bin would say nothing more, and indices stay small.
    const int LeastExponent = 22;

    long[] counts = [];

    /// <summary>Bin i covers [(First + i)·Width, (First + i + 1)·Width).</summary>
    public IReadOnlyList<long> Counts => counts;

    public long First { get; private set; }

    /// <summary>Logarithm of the width, base 2.</summary>
    public int Exponent { get; private set; }

    public double Width => Math.ScaleB(1, Exponent);

    public bool IsEmpty => counts.Length == 0;

    public static Histogram Of(int exponent, long first, ReadOnlySpan<long> counts) => new() { Exponent = exponent, First = first, counts = counts.ToArray() };

    /// <summary>Adds finite numbers other than zero, whose range is known; others are passed over.</summary>
    public void Add(ReadOnlySpan<float> numbers, float least, float most)
    {
        Cover(least, most, ExponentFor(least, most));
        var scale = Math.ScaleB(1, -Exponent);
        var (bins, first) = (counts, First);
        foreach (var number in numbers)
            if (number != 0 && float.IsFinite(number)) bins[(long)Math.Floor(number * scale) - first]++;
    }

    public void Add(Histogram other)
    {
        if (other.IsEmpty) return;
        if (IsEmpty)
        {
            (counts, First, Exponent) = ([.. other.counts], other.First, other.Exponent);
            return;
        }
        var finer = new Histogram { counts = [.. other.counts], First = other.First, Exponent = other.Exponent };
        var common = Math.Max(Exponent, finer.Exponent);
        while (true)
        {
            Coarsen(common);
            finer.Coarsen(common);
            var (first, end) = (Math.Min(First, finer.First), Math.Max(First + counts.Length, finer.First + finer.counts.Length));
            if (end - first <= MostBins)
            {
                Extend(first, end);
                for (var i = 0; i < finer.counts.Length; i++) counts[finer.First - First + i] += finer.counts[i];
                return;
            }
            common++;
        }
    }

    // The finest width at which a range fits.
    static int ExponentFor(double least, double most)
    {
        var exponent = Math.ILogB(Math.Max(Math.Abs(least), Math.Abs(most))) - LeastExponent;
        while (Index(most, exponent) - Index(least, exponent) >= MostBins) exponent++;
        return exponent;
    }

    static long Index(double number, int exponent) => (long)Math.Floor(Math.ScaleB(number, -exponent));

    void Cover(double least, double most, int exponent)
    {
        if (IsEmpty)
        {
            Exponent = exponent;
            First = Index(least, exponent);
            counts = new long[Index(most, exponent) - First + 1];
            return;
        }
        Coarsen(exponent);
        while (true)
        {
            var (first, end) = (Math.Min(First, Index(least, Exponent)), Math.Max(First + counts.Length, Index(most, Exponent) + 1));
            if (end - first <= MostBins)
            {
                Extend(first, end);
                return;
            }
            Coarsen(Exponent + 1);
        }
    }

    void Extend(long first, long end)
    {
        if (first == First && end == First + counts.Length) return;
        var wider = new long[end - first];
        counts.CopyTo(wider, First - first);
        (counts, First) = (wider, first);
    }

    void Coarsen(int exponent)
    {
        for (; Exponent < exponent; Exponent++)
        {
            var first = First >> 1;
            var halved = new long[((First + counts.Length - 1) >> 1) - first + 1];
            for (var i = 0; i < counts.Length; i++) halved[((First + i) >> 1) - first] += counts[i];
            (counts, First) = (halved, first);
        }
    }
}
