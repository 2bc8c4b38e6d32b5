namespace Onnxc.Passes.Activations;

/// <summary>Basis functions as the operator <c>KanLinear</c> has them.</summary>
/// <param name="Grid">Knots, or supports, or centres, of every input.</param>
sealed record KanBasis(long Kind, int Degree, double Factor, double[][] Grid)
{
    const long BSpline = 0, Hats = 1, Gaussians = 2;
    const int Points = 193, HighestDegree = 8;

    /// <summary>
    /// What functions <paramref name="cone"/> computes, found by their values: however they are written, they are those of a basis when they agree with it
    /// between and beyond its knots, which are among the constants. Null when no basis does.
    /// </summary>
    public static KanBasis? Of(KanCone cone, IEvaluator evaluator, double tolerance)
    {
        var constants = cone.Constants();
        if (constants.Count == 0) return null;
        var (least, most) = (constants.Min(c => c.Min(r => r.Min())), constants.Max(c => c.Max(r => r.Max())));
        var margin = (most - least) / 4;
        // At uneven places, so that none is a knot.
        double[] points = [.. Enumerable.Range(0, Points).Select(i => least - margin + (i + 0.37) / Points * (most - least + 2 * margin))];
        return cone.Probe(evaluator, points) is { } values ? Candidates(cone, constants, points, values).FirstOrDefault(b => b.Agrees(cone, points, values, tolerance)) : null;
    }

    static IEnumerable<KanBasis> Candidates(KanCone cone, IReadOnlyList<double[][]> constants, double[] points, double[] values)
    {
        var terms = cone.Terms;
        // The largest value says how wide the functions are.
        var top = Array.IndexOf(values, values.Max());
        var (x, input, term) = (points[top / (cone.Inputs * terms)], top / terms % cone.Inputs, top % terms);
        foreach (var centres in constants.Where(c => c[0].Length == terms))
        {
            // The square of the distance, where the function is neither 1 nor 0.
            var at = Enumerable.Range(0, points.Length).Select(p => (Value: values[p * cone.Inputs * terms], Distance: points[p] - centres[0][0])).MinBy(v => Math.Abs(v.Value - 0.5));
            if (at.Value is > 0.01 and < 0.99) yield return new(Gaussians, 3, Math.Sqrt(-Math.Log(at.Value)) / Math.Abs(at.Distance), centres);
            foreach (var ends in constants.Where(c => c[0].Length == terms && c != centres))
            {
                var product = (x - centres[input][term]) * (ends[input][term] - x);
                if (product > 0) yield return new(Hats, 3, Math.Sqrt(values[top]) / product, [.. centres.Zip(ends, (a, b) => (double[])[.. a, .. b])]);
            }
        }
        foreach (var knots in constants)
        {
            if (knots[0].Length - 1 - terms is >= 1 and <= HighestDegree and var degree) yield return new(BSpline, degree, 1, knots);
            // Comparisons take the knots before and behind every interval.
            foreach (var behind in constants.Where(c => c[0].Length == knots[0].Length && c[0].Length - terms is >= 1 and <= HighestDegree))
                if (knots[0].AsSpan(1).SequenceEqual(behind[0].AsSpan()[..^1]))
                    yield return new(BSpline, knots[0].Length - terms, 1, [.. knots.Zip(behind, (a, b) => (double[])[.. a, b[^1]])]);
        }
    }

    bool Agrees(KanCone cone, double[] points, double[] values, double tolerance)
    {
        var found = new double[cone.Terms + Degree];
        for (var (p, at) = (0, 0); p < points.Length; p++)
            for (var i = 0; i < cone.Inputs; i++, at += cone.Terms)
            {
                Evaluate(points[p], Grid[i], cone.Terms, found);
                for (var m = 0; m < cone.Terms; m++)
                    if (!(Math.Abs(found[m] - values[at + m]) <= tolerance)) return false;
            }
        return true;
    }

    void Evaluate(double x, double[] grid, int terms, Span<double> to)
    {
        switch (Kind)
        {
            case Gaussians:
                for (var m = 0; m < terms; m++) to[m] = Math.Exp(-Math.Pow(Factor * (x - grid[m]), 2));
                break;
            case Hats:
                for (var m = 0; m < terms; m++) to[m] = Math.Pow(Factor * Math.Max(0, x - grid[m]) * Math.Max(0, grid[terms + m] - x), 2);
                break;
            default:
                for (var j = 0; j < terms + Degree; j++) to[j] = x >= grid[j] && x < grid[j + 1] ? 1 : 0;
                for (var d = 1; d <= Degree; d++)
                    for (var j = 0; j < terms + Degree - d; j++)
                        to[j] = (x - grid[j]) / (grid[j + d] - grid[j]) * to[j] + (grid[j + d + 1] - x) / (grid[j + d + 1] - grid[j + 1]) * to[j + 1];
                break;
        }
    }
}
