namespace Onnxc.Calibration;

/// <summary>What was seen of one value on all samples. Merging gives the same as seeing all of them at once, to the last bit.</summary>
public sealed class ValueStatistics
{
    /// <summary>Tensors seen.</summary>
    public long Samples { get; set; }

    public long Elements { get; set; }

    public long Zeros { get; set; }

    public long NaNs { get; set; }

    public long Infinities { get; set; }

    /// <summary>Smallest finite element; positive infinity when there was none.</summary>
    public float Least { get; set; } = float.PositiveInfinity;

    public float Most { get; set; } = float.NegativeInfinity;

    public ExactSum Sum { get; init; } = new();

    public ExactSum SumOfSquares { get; init; } = new();

    /// <summary>Finite elements other than zero.</summary>
    public Histogram Histogram { get; init; } = new();

    /// <summary>Axis of <see cref="Channels"/>, from the end when negative.</summary>
    public int? ChannelAxis { get; init; }

    /// <summary>Null when they were not asked for, or the channels were not the same in all samples.</summary>
    public ChannelStatistics? Channels { get; set; }

    /// <summary>True when tensors of different numbers of channels were seen.</summary>
    public bool ChannelsDiffer { get; set; }

    public long Finite => Elements - NaNs - Infinities;

    public bool IsConstant => Finite == 0 || Least == Most;

    public double Mean => Finite == 0 ? 0 : Sum.Value / Finite;

    public double MeanSquare => Finite == 0 ? 0 : SumOfSquares.Value / Finite;

    /// <summary>Largest finite magnitude; 0 when there was none.</summary>
    public float Largest => Finite == 0 ? 0 : Math.Max(Math.Abs(Least), Math.Abs(Most));

    /// <summary>Adds the tensor of one sample.</summary>
    public void Add(ReadOnlySpan<float> numbers, ReadOnlySpan<long> dims)
    {
        Samples++;
        Elements += numbers.Length;
        var (low, high, zeros, nans, infinities) = (float.PositiveInfinity, float.NegativeInfinity, 0L, 0L, 0L);
        // One order of addition on every machine, whatever its vectors.
        var (sum, squares) = (0.0, 0.0);
        foreach (var number in numbers)
        {
            if (!float.IsFinite(number))
            {
                if (float.IsNaN(number)) nans++;
                else infinities++;
                continue;
            }
            if (number == 0) zeros++;
            if (number < low) low = number;
            if (number > high) high = number;
            sum += number;
            squares += (double)number * number;
        }
        (Zeros, NaNs, Infinities) = (Zeros + zeros, NaNs + nans, Infinities + infinities);
        (Least, Most) = (Math.Min(Least, low), Math.Max(Most, high));
        Sum.Add(sum);
        SumOfSquares.Add(squares);
        if (numbers.Length - nans - infinities - zeros > 0) Histogram.Add(numbers, low, high);
        AddChannels(numbers, dims);
    }

    void AddChannels(ReadOnlySpan<float> numbers, ReadOnlySpan<long> dims)
    {
        if (ChannelAxis is not { } axis || ChannelsDiffer) return;
        if (axis < 0) axis += dims.Length;
        if (axis < 0 || axis >= dims.Length || dims[axis] > int.MaxValue || (Channels is { } known && known.Count != dims[axis]))
        {
            (Channels, ChannelsDiffer) = (null, true);
            return;
        }
        Channels ??= new ChannelStatistics((int)dims[axis]);
        var inner = 1L;
        foreach (var extent in dims[(axis + 1)..]) inner *= extent;
        Channels.Add(numbers, inner);
    }

    /// <summary>Adds what was seen elsewhere of the same value.</summary>
    public void Add(ValueStatistics other)
    {
        Samples += other.Samples;
        Elements += other.Elements;
        (Zeros, NaNs, Infinities) = (Zeros + other.Zeros, NaNs + other.NaNs, Infinities + other.Infinities);
        (Least, Most) = (Math.Min(Least, other.Least), Math.Max(Most, other.Most));
        Sum.Add(other.Sum);
        SumOfSquares.Add(other.SumOfSquares);
        Histogram.Add(other.Histogram);
        ChannelsDiffer |= other.ChannelsDiffer || (Channels is { } mine && other.Channels is { } theirs && mine.Count != theirs.Count);
        if (ChannelsDiffer) Channels = null;
        else if (other.Channels is { } more)
        {
            Channels ??= new ChannelStatistics(more.Count);
            Channels.Add(more);
        }
    }
}
