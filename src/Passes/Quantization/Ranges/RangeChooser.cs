using Onnxc.Calibration;

namespace Onnxc.Passes.Quantization;

/// <summary>Chooses the range in which an activation is quantized; always around zero, which padding needs to be exact.</summary>
static class RangeChooser
{
    const double Percentile = 99.999;
    const int Levels = 128;
    const int Candidates = 100;

    /// <param name="levels">Steps between the two ends of the range.</param>
    /// <param name="symmetric">Whether zero stands in the middle.</param>
    public static (double Least, double Most) Choose(ValueStatistics seen, RangeMethod method, int levels, bool symmetric)
    {
        if (seen.Finite == 0) return (0, 0);
        var (least, most) = (Math.Min(0, (double)seen.Least), Math.Max(0, (double)seen.Most));
        if (seen.Histogram.IsEmpty || method == RangeMethod.MinMax) return Balanced(least, most, symmetric);
        var chosen = method switch
        {
            RangeMethod.Percentile => ByPercentile(seen, least, most),
            RangeMethod.Entropy => ByEntropy(seen, least, most),
            _ => ByError(seen, least, most, levels, symmetric),
        };
        return Balanced(chosen.Least, chosen.Most, symmetric);
    }

    static (double Least, double Most) Balanced(double least, double most, bool symmetric)
    {
        var largest = Math.Max(-least, most);
        return symmetric ? (-largest, largest) : (least, most);
    }

    // The same share is cut off on either side.
    static (double Least, double Most) ByPercentile(ValueStatistics seen, double least, double most)
    {
        var cut = (100 - Percentile) / 200 * seen.Finite;
        var (low, high) = (least, most);
        var histogram = seen.Histogram;
        for (long i = 0, passed = 0; i < histogram.Counts.Count; i++)
        {
            passed += histogram.Counts[(int)i];
            if (passed <= cut) continue;
            low = Math.Max(least, (histogram.First + i) * histogram.Width);
            break;
        }
        for (long i = histogram.Counts.Count - 1, passed = 0; i >= 0; i--)
        {
            passed += histogram.Counts[(int)i];
            if (passed <= cut) continue;
            high = Math.Min(most, (histogram.First + i + 1) * histogram.Width);
            break;
        }
        return (Math.Min(0, low), Math.Max(0, high));
    }

    // Shrinks both ends together, then each by itself, as long as the error falls.
    static (double Least, double Most) ByError(ValueStatistics seen, double least, double most, int levels, bool symmetric)
    {
        var best = (Least: least, Most: most, Error: Error(seen.Histogram, least, most, levels, symmetric));
        for (var i = 1; i < Candidates; i++) Try(least * i / Candidates, most * i / Candidates);
        if (symmetric) return (best.Least, best.Most);
        var (low, high) = (best.Least, best.Most);
        for (var i = 1; i <= Candidates; i++) Try(least * i / Candidates, high);
        low = best.Least;
        for (var i = 1; i <= Candidates; i++) Try(low, most * i / Candidates);
        return (best.Least, best.Most);

        void Try(double a, double b)
        {
            if (b - a <= 0) return;
            var error = Error(seen.Histogram, a, b, levels, symmetric);
            if (error < best.Error) best = (a, b, error);
        }
    }

    /// <summary>Sum of squared errors of the numbers in <paramref name="histogram"/>, each taken for the middle of its bin; zero has none.</summary>
    static double Error(Histogram histogram, double least, double most, int levels, bool symmetric)
    {
        if (symmetric) (least, most) = Balanced(least, most, true);
        var scale = (most - least) / levels;
        var (error, width) = (0.0, histogram.Width);
        // Where bins are wider than steps, what is between them is spread evenly.
        var spread = Math.Min(width, scale);
        for (var i = 0; i < histogram.Counts.Count; i++)
        {
            var count = histogram.Counts[i];
            if (count == 0) continue;
            var x = (histogram.First + i + 0.5) * width;
            double distance;
            if (x <= least) distance = x - least;
            else if (x >= most) distance = x - most;
            else
            {
                var steps = (x - least) / scale;
                distance = (steps - Math.Round(steps)) * scale;
                if (spread < width) distance = scale / Math.Sqrt(12);
            }
            error += count * (distance * distance + (x > least && x < most ? 0 : spread * spread / 12));
        }
        return error;
    }

    // Migacz, 8-bit inference with TensorRT (2017): magnitudes in bins, clipped where the divergence of the clipped and merged distribution is least.
    static (double Least, double Most) ByEntropy(ValueStatistics seen, double least, double most)
    {
        var magnitudes = Magnitudes(seen);
        if (magnitudes.Length <= Levels) return (least, most);
        var (best, width) = (magnitudes.Length, seen.Histogram.Width);
        var lowest = double.PositiveInfinity;
        var total = magnitudes.Sum();
        var inside = magnitudes.Take(Levels - 1).Sum();
        for (var end = Levels; end <= magnitudes.Length; end++)
        {
            inside += magnitudes[end - 1];
            var divergence = Divergence(magnitudes, end, total - inside);
            if (divergence < lowest) (lowest, best) = (divergence, end);
        }
        var limit = best * width;
        return (Math.Max(least, -limit), Math.Min(most, limit));
    }

    static double[] Magnitudes(ValueStatistics seen)
    {
        var histogram = seen.Histogram;
        var last = histogram.First + histogram.Counts.Count - 1;
        var magnitudes = new double[Math.Max(last + 1, -histogram.First)];
        for (var i = 0; i < histogram.Counts.Count; i++)
        {
            var bin = histogram.First + i;
            magnitudes[bin >= 0 ? bin : -1 - bin] += histogram.Counts[i];
        }
        magnitudes[0] += seen.Zeros;
        return magnitudes;
    }

    static double Divergence(double[] magnitudes, int end, double outside)
    {
        var (divergence, referenceMass, mergedMass) = (0.0, 0.0, 0.0);
        var merged = new double[end];
        for (var level = 0; level < Levels; level++)
        {
            var (from, to) = ((int)((long)level * end / Levels), (int)((long)(level + 1) * end / Levels));
            var (mass, filled) = (0.0, 0);
            for (var i = from; i < to; i++)
            {
                mass += magnitudes[i];
                if (magnitudes[i] > 0) filled++;
            }
            for (var i = from; i < to; i++)
                if (magnitudes[i] > 0) merged[i] = mass / filled;
        }
        for (var i = 0; i < end; i++)
        {
            referenceMass += magnitudes[i];
            mergedMass += merged[i];
        }
        referenceMass += outside;
        if (mergedMass == 0) return double.PositiveInfinity;
        for (var i = 0; i < end; i++)
        {
            // What is outside is clipped into the last bin.
            var p = (magnitudes[i] + (i == end - 1 ? outside : 0)) / referenceMass;
            var q = Math.Max(merged[i] / mergedMass, 1e-12);
            if (p > 0) divergence += p * Math.Log(p / q);
        }
        return divergence;
    }
}
