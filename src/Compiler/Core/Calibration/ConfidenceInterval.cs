namespace Onnxc.Calibration;

/// <summary>The mean of trials and how far off it may be: 95 % of such intervals hold the true one (Student's t).</summary>
public readonly record struct ConfidenceInterval(double Mean, double HalfWidth)
{
    // Quantiles of 97.5 % for 1 to 30 degrees of freedom.
    static readonly double[] Quantiles =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    const double Normal = 1.959964;

    /// <summary>Of no or one value, the interval is unbounded.</summary>
    public static ConfidenceInterval Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) return new(double.NaN, double.PositiveInfinity);
        var mean = values.Sum() / values.Count;
        if (values.Count == 1) return new(mean, double.PositiveInfinity);
        var squares = values.Sum(v => (v - mean) * (v - mean));
        return new(mean, Quantile(values.Count - 1) * Math.Sqrt(squares / (values.Count - 1) / values.Count));
    }

    /// <summary>Lower end for a share, which is never below 0.</summary>
    public double Low => Math.Max(0, Mean - HalfWidth);

    /// <summary>Upper end for a share, which is never above 1.</summary>
    public double High => Math.Min(1, Mean + HalfWidth);

    // Beyond the table, the first two terms of the expansion around the normal distribution (Abramowitz and Stegun 26.7.5).
    static double Quantile(int freedom) => freedom <= Quantiles.Length ? Quantiles[freedom - 1]
        : Normal + (Math.Pow(Normal, 3) + Normal) / (4 * freedom) + (5 * Math.Pow(Normal, 5) + 16 * Math.Pow(Normal, 3) + 3 * Normal) / (96.0 * freedom * freedom);
}
