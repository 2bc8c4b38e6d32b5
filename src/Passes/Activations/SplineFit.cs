using MathNet.Numerics.LinearAlgebra;

namespace Onnxc.Passes.Activations;

/// <summary>
/// Weighted least squares for cubics on equal segments that meet with one derivative: B-splines with double knots. The base is pinned: its lines are the
/// asymptotes of the function, and the ends of the grid lie on them.
/// </summary>
static class SplineFit
{
    // Every place of the grid counts for something, also where no sample was.
    const double Floor = 1e-3;
    const int FloorPoints = 16;
    const double Ridge = 1e-13;

    /// <param name="function">What is fitted.</param>
    /// <param name="left">Asymptotes; where their slopes differ, a knot lies at 0.</param>
    public static CubicTable Fit(Func<double, double> function, Asymptote left, Asymptote right, NumberWeights numbers, double low, double high, int segments)
    {
        var width = (high - low) / segments;
        // Unknowns: the values at inner knots, then the derivative of the whole at every knot.
        var unknowns = segments - 1 + segments + 1;
        var (normal, target) = (Matrix<double>.Build.Dense(unknowns, unknowns), Vector<double>.Build.Dense(unknowns));
        for (var i = 0; i < numbers.Numbers.Length; i++) Add(numbers.Numbers[i], numbers.Weights[i]);
        for (var i = 0; i < segments * FloorPoints; i++) Add(low + (i + 0.5) * width / FloorPoints, Floor / segments / FloorPoints);
        var ridge = Ridge * normal.Trace() / unknowns;
        for (var i = 0; i < unknowns; i++) normal[i, i] += ridge;
        var solved = normal.Cholesky().Solve(target);
        double[] values = [left.Offset, .. solved.Take(segments - 1), right.Offset];
        var derivatives = Enumerable.Range(0, segments).Select(i => (solved[segments - 1 + i] - width * Slope(i), solved[segments + i] - width * Slope(i)));
        return CubicTable.Of(low, high, values, [.. derivatives], left.Slope, right.Slope);

        double Slope(int segment) => low + (segment + 0.5) * width < 0 ? left.Slope : right.Slope;

        void Add(double x, double weight)
        {
            var place = (x - low) / width;
            if (place < 0 || place > segments) return;
            var segment = Math.Min((int)place, segments - 1);
            var (t, slope) = (place - segment, Slope(segment));
            var (first, last) = ((1 + 2 * t) * (1 - t) * (1 - t), t * t * (3 - 2 * t));
            var (begin, end) = (t * (1 - t) * (1 - t), t * t * (t - 1));
            // Derivatives are those of the whole, less the line's.
            var rest = function(x) - slope * x + width * slope * (begin + end);
            Span<(int At, double Factor)> terms = [(segment - 1, first), (segment, last), (segments - 1 + segment, begin), (segments + segment, end)];
            if (segment == 0)
            {
                rest -= first * left.Offset;
                terms[0] = (0, 0);
            }
            if (segment == segments - 1)
            {
                rest -= last * right.Offset;
                terms[1] = (0, 0);
            }
            foreach (var (row, a) in terms)
            {
                target[row] += weight * a * rest;
                foreach (var (column, b) in terms) normal[row, column] += weight * a * b;
            }
        }
    }
}
