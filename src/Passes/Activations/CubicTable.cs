namespace Onnxc.Passes.Activations;

/// <summary>What an operator <c>SplineActivation</c> computes: a line on either side of zero, and cubics between two ends on it.</summary>
/// <param name="Coefficients">Four of every segment, lowest power first, as the operator takes them.</param>
sealed record CubicTable(float Low, float High, float[] Coefficients, float Left, float Right)
{
    public int Segments => Coefficients.Length / 4;

    public double Evaluate(double x)
    {
        var place = Math.Clamp((x - Low) * Segments / ((double)High - Low), 0, Segments);
        var segment = Math.Min((int)place, Segments - 1);
        var t = place - segment;
        var a = Coefficients.AsSpan(4 * segment, 4);
        var slope = x < 0 ? Left : Right;
        return (slope == 0 ? 0 : slope * x) + ((a[3] * t + a[2]) * t + a[1]) * t + a[0];
    }

    /// <summary>The table of cubics with given values and derivatives at the knots, both above the lines.</summary>
    /// <param name="derivatives">At the beginning and the end of every segment, by the width of a segment.</param>
    public static CubicTable Of(double low, double high, double[] values, (double Begin, double End)[] derivatives, double left, double right)
    {
        var coefficients = new float[4 * derivatives.Length];
        for (var i = 0; i < derivatives.Length; i++)
        {
            var (rise, (begin, end)) = (values[i + 1] - values[i], derivatives[i]);
            coefficients[4 * i] = (float)values[i];
            coefficients[4 * i + 1] = (float)begin;
            coefficients[4 * i + 2] = (float)(3 * rise - 2 * begin - end);
            coefficients[4 * i + 3] = (float)(begin + end - 2 * rise);
        }
        return new((float)low, (float)high, coefficients, (float)left, (float)right);
    }
}
