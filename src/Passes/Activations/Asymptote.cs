namespace Onnxc.Passes.Activations;

/// <summary>The line that a function comes to on one side.</summary>
readonly record struct Asymptote(double Slope, double Offset)
{
    const double Nearest = 64, Farthest = 1e6, Tolerance = 1e-9;

    /// <summary>Null when it comes to none: it grows faster, or too slowly towards its limit.</summary>
    /// <param name="side">1 towards infinity, -1 towards minus infinity.</param>
    public static Asymptote? Of(Func<double, double> function, int side)
    {
        for (var far = Nearest; far <= Farthest; far *= 4)
        {
            var (first, second, third) = (function(side * far), function(side * 2 * far), function(side * 4 * far));
            if (!double.IsFinite(first) || !double.IsFinite(third)) return null;
            var slope = (second - first) / (side * far);
            if (Math.Abs((third - second) / (side * 2 * far) - slope) > Tolerance * Math.Max(1, Math.Abs(slope)) / far) continue;
            if (Math.Abs(slope - Math.Round(slope)) < Tolerance) slope = Math.Round(slope);
            // No negative zero.
            slope += 0.0;
            return new(slope, first - slope * side * far);
        }
        return null;
    }
}
