namespace Onnxc.Passes.Activations;

/// <summary>B-splines with knots at the whole numbers.</summary>
static class UniformBSpline
{
    /// <summary>The basis function that begins at <paramref name="first"/> and ends after <paramref name="degree"/> + 1 intervals (Cox and de Boor).</summary>
    public static double Evaluate(int degree, int first, double x)
    {
        if (x < first || x >= first + degree + 1) return 0;
        Span<double> values = stackalloc double[degree + 1];
        for (var i = 0; i <= degree; i++) values[i] = x >= first + i && x < first + i + 1 ? 1 : 0;
        for (var d = 1; d <= degree; d++)
            for (var i = 0; i <= degree - d; i++)
                values[i] = (x - first - i) / d * values[i] + (first + i + d + 1 - x) / d * values[i + 1];
        return values[0];
    }
}
