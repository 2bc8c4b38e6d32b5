using Onnxc.Calibration;

namespace Onnxc.Passes.Activations;

/// <summary>Numbers that a function meets, and how often.</summary>
sealed record NumberWeights(double[] Numbers, double[] Weights)
{
    const int Evenly = 2048;

    public double Least => Numbers[0];

    public double Most => Numbers[^1];

    /// <summary>What was seen; null when that was nothing but NaN and infinities.</summary>
    public static NumberWeights? Of(ValueStatistics seen)
    {
        if (seen.Finite == 0) return null;
        var (histogram, points) = (seen.Histogram, new List<(double Number, double Weight)>());
        if (seen.Zeros > 0) points.Add((0, seen.Zeros));
        for (var i = 0; i < histogram.Counts.Count; i++)
            // The middle of a bin may lie beyond everything in it.
            if (histogram.Counts[i] > 0) points.Add((Math.Clamp((histogram.First + i + 0.5) * histogram.Width, seen.Least, seen.Most), histogram.Counts[i]));
        points.Sort();
        return new([.. points.Select(p => p.Number)], [.. points.Select(p => p.Weight / seen.Finite)]);
    }

    /// <summary>Every number up to a magnitude, equally often.</summary>
    public static NumberWeights Even(double magnitude) =>
        new([.. Enumerable.Range(0, Evenly + 1).Select(i => magnitude * (2.0 * i / Evenly - 1))], [.. Enumerable.Repeat(1.0 / (Evenly + 1), Evenly + 1)]);

    /// <summary>Root of the mean square of a function of the numbers.</summary>
    public double Rms(Func<double, double> function)
    {
        var sum = 0.0;
        for (var i = 0; i < Numbers.Length; i++)
        {
            var value = function(Numbers[i]);
            sum += Weights[i] * value * value;
        }
        return Math.Sqrt(sum);
    }
}
