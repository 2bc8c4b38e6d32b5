namespace Onnxc.Passes.Sparsity;

/// <summary>The threshold mean + z·std of a row, of You et al., Spark Transformer.</summary>
static class StatisticalThreshold
{
    // How far from what is asked for a share of active elements may be before z is fitted.
    const double Close = 0.1;

    /// <summary>Share of elements of rows that exceed their row's threshold; the standard deviation is that of the row, divisor n.</summary>
    public static double Active(ReadOnlySpan<float> rows, int width, double multiplier)
    {
        var active = 0L;
        for (var start = 0; start + width <= rows.Length; start += width)
        {
            var threshold = Of(rows.Slice(start, width), multiplier);
            foreach (var number in rows.Slice(start, width))
                if (number > threshold) active++;
        }
        return rows.Length == 0 ? 0 : (double)active / rows.Length;
    }

    public static double Of(ReadOnlySpan<float> row, double multiplier)
    {
        double sum = 0, squares = 0;
        foreach (var number in row) sum += number;
        var mean = sum / row.Length;
        foreach (var number in row) squares += (number - mean) * (number - mean);
        return mean + multiplier * Math.Sqrt(squares / row.Length);
    }

    /// <summary><paramref name="normal"/> if with it about as many elements stay as are meant to; else what makes them so many.</summary>
    public static double Calibrate(ReadOnlySpan<float> rows, int width, double sparsity, double normal)
    {
        const int Halvings = 24;
        var wanted = 1 - sparsity;
        if (Math.Abs(Active(rows, width, normal) - wanted) <= Close * wanted) return normal;
        var (low, high) = (-Math.Sqrt(width), Math.Sqrt(width));
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (Active(rows, width, middle) > wanted) low = middle;
            else high = middle;
        }
        return high;
    }
}
