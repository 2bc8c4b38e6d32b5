namespace Onnxc.Calibration;

/// <summary>What was seen of a value along one axis.</summary>
public sealed class ChannelStatistics
{
    readonly long[] elements;
    readonly float[] least, most;
    readonly ExactSum[] sums, magnitudes;

    public ChannelStatistics(int channels)
        : this(new long[channels], [.. Enumerable.Repeat(float.PositiveInfinity, channels)], [.. Enumerable.Repeat(float.NegativeInfinity, channels)],
            [.. Enumerable.Range(0, channels).Select(_ => new ExactSum())], [.. Enumerable.Range(0, channels).Select(_ => new ExactSum())])
    { }

    ChannelStatistics(long[] elements, float[] least, float[] most, ExactSum[] sums, ExactSum[] magnitudes) =>
        (this.elements, this.least, this.most, this.sums, this.magnitudes) = (elements, least, most, sums, magnitudes);

    internal static ChannelStatistics Of(long[] elements, float[] least, float[] most, ExactSum[] sums, ExactSum[] magnitudes) =>
        new(elements, least, most, sums, magnitudes);

    /// <summary>Finite elements of each channel.</summary>
    public IReadOnlyList<long> Elements => elements;

    /// <summary>Smallest finite element of each channel; positive infinity where there is none.</summary>
    public IReadOnlyList<float> Least => least;

    public IReadOnlyList<float> Most => most;

    /// <summary>Exact sums of the elements, and of their magnitudes.</summary>
    public IReadOnlyList<ExactSum> Sums => sums;

    public IReadOnlyList<ExactSum> Magnitudes => magnitudes;

    public int Count => elements.Length;

    public double Mean(int channel) => elements[channel] == 0 ? 0 : sums[channel].Value / elements[channel];

    public double MeanMagnitude(int channel) => elements[channel] == 0 ? 0 : magnitudes[channel].Value / elements[channel];

    /// <summary>Largest magnitude seen in a channel; 0 where nothing was.</summary>
    public float Largest(int channel) => elements[channel] == 0 ? 0 : Math.Max(Math.Abs(least[channel]), Math.Abs(most[channel]));

    /// <summary>Adds a tensor [outer, channels, inner].</summary>
    public void Add(ReadOnlySpan<float> numbers, long inner)
    {
        if (numbers.Length == 0) return;
        var (sum, magnitude) = (new double[Count], new double[Count]);
        for (var (start, channel) = (0, 0); start < numbers.Length; start += (int)inner, channel = channel + 1 == Count ? 0 : channel + 1)
        {
            var (low, high, total, size, counted) = (least[channel], most[channel], 0.0, 0.0, 0L);
            foreach (var number in numbers.Slice(start, (int)inner))
            {
                if (!float.IsFinite(number)) continue;
                low = Math.Min(low, number);
                high = Math.Max(high, number);
                total += number;
                size += Math.Abs(number);
                counted++;
            }
            (least[channel], most[channel]) = (low, high);
            (sum[channel], magnitude[channel]) = (sum[channel] + total, magnitude[channel] + size);
            elements[channel] += counted;
        }
        for (var i = 0; i < Count; i++)
        {
            sums[i].Add(sum[i]);
            magnitudes[i].Add(magnitude[i]);
        }
    }

    public void Add(ChannelStatistics other)
    {
        for (var i = 0; i < Count; i++)
        {
            least[i] = Math.Min(least[i], other.least[i]);
            most[i] = Math.Max(most[i], other.most[i]);
            elements[i] += other.elements[i];
            sums[i].Add(other.sums[i]);
            magnitudes[i].Add(other.magnitudes[i]);
        }
    }
}
