namespace Onnxc.Passes.Sparsity;

/// <summary>The standard normal distribution.</summary>
static class NormalDistribution
{
    /// <summary>
    /// The number below which a share of it lies: the rational approximations of Acklam, made exact by a step of Halley's method. Shares are above 0 and
    /// below 1.
    /// </summary>
    public static double Quantile(double share)
    {
        const double Tail = 0.02425;
        if (share > 0.5) return -Quantile(1 - share);
        var x = share < Tail ? InTail(Math.Sqrt(-2 * Math.Log(share))) : InMiddle(share - 0.5);
        for (var i = 0; i < 2; i++)
        {
            var step = (Below(x) - share) * Math.Sqrt(2 * Math.PI) * Math.Exp(x * x / 2);
            x -= step / (1 + x * step / 2);
        }
        return x;
    }

    // The complementary error function by a continued fraction where it is small, by a series elsewhere.
    static double Below(double x) => x > -2 ? 0.5 + Density(x) * Series(x) : Density(x) / Fraction(-x);

    static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    static double Series(double x)
    {
        var (sum, term) = (x, x);
        for (var i = 3; Math.Abs(term) > 1e-17; i += 2) sum += term *= x * x / i;
        return sum;
    }

    static double Fraction(double x)
    {
        var value = x;
        for (var i = 60; i > 0; i--) value = x + i / value;
        return value;
    }

    static double InTail(double q) =>
        (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783)
        / ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1);

    static double InMiddle(double q)
    {
        var r = q * q;
        return (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r + 1.383577518672690e+02) * r - 3.066479806614716e+01) * r + 2.506628277459239) * q
            / (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r + 6.680131188771972e+01) * r - 1.328068155288572e+01) * r + 1);
    }
}
