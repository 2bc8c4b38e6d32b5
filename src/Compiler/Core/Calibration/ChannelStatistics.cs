namespace Onnxc.Calibration;

/// <summary>What was seen of a value along one axis.</summary>
public sealed class ChannelStatistics(int channels)
{
    readonly ExactSum[] sums = [.. Enumerable.Range(0, channels).Select(_ => new ExactSum())];
    readonly ExactSum[] magnitudes = [.. Enumerable.Range(0, channels).Select(_ => new ExactSum())];

    /// <summary>Finite elements of each channel that were added up.</summary>
    public long[] Elements { get; } = new long[channels];

    /// <summary>Smallest finite element of each channel; positive infinity where there is none.</summary>
    public float[] Least { get; } = [.. Enumerable.Repeat(float.PositiveInfinity, channels)];

    public float[] Most { get; } = [.. Enumerable.Repeat(float.NegativeInfinity, channels)];

    /// <summary>Exact sums of the elements, and of their magnitudes.</summary>
    public IReadOnlyList<ExactSum> Sums => sums;

    public IReadOnlyList<ExactSum> Magnitudes => magnitudes;

    public int Count => Elements.Length;

    public double Mean(int channel) => Elements[channel] == 0 ? 0 : sums[channel].Value / Elements[channel];

    public double MeanMagnitude(int channel) => Elements[channel] == 0 ? 0 : magnitudes[channel].Value / Elements[channel];

    /// <summary>Largest magnitude seen in a channel; 0 where nothing was.</summary>
    public float Largest(int channel) => Elements[channel] == 0 ? 0 : Math.Max(Math.Abs(Least[channel]), Math.Abs(Most[channel]));

    /// <summary>Adds a tensor [outer, channels, inner].</summary>
    public void Add(ReadOnlySpan<float> numbers, long inner)
    {
        if (numbers.Length == 0) return;
        var (sum, magnitude) = (new double[Count], new double[Count]);
        for (long start = 0, channel = 0; start < numbers.Length; start += inner, channel = channel + 1 == Count ? 0 : channel + 1)
        {
            var (low, high, total, size, counted) = (Least[channel], Most[channel], 0.0, 0.0, 0L);
            foreach (var number in numbers.Slice((int)start, (int)inner))
            {
                if (!float.IsFinite(number)) continue;
                low = Math.Min(low, number);
                high = Math.Max(high, number);
                total += number;
                size += Math.Abs(number);
                counted++;
            }
            (Least[channel], Most[channel]) = (low, high);
            (sum[channel], magnitude[channel]) = (sum[channel] + total, magnitude[channel] + size);
            Elements[channel] += counted;
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
            Least[i] = Math.Min(Least[i], other.Least[i]);
            Most[i] = Math.Max(Most[i], other.Most[i]);
            Elements[i] += other.Elements[i];
            sums[i].Add(other.sums[i]);
            magnitudes[i].Add(other.magnitudes[i]);
        }
    }
}
