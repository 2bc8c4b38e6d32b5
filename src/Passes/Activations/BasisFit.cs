using MathNet.Numerics.LinearAlgebra;

namespace Onnxc.Passes.Activations;

/// <summary>
/// Families that add up basis functions, by weighted least squares on what is left beyond the base, which is pinned. Basis functions that no number
/// meets are dropped.
/// </summary>
static class BasisFit
{
    const int DefaultIntervals = 16, DefaultCentres = 24, DefaultHarmonics = 8;
    const double Ridge = 1e-12, LeastMass = 1e-9, EndError = 1e-4;

    // Of the weights, spread evenly over the grid, so that places without samples do not run away.
    const double Floor = 1e-3;
    const int FloorPoints = 512;

    public static ActivationFit Fit(FitProblem problem, ActivationFamily family, ActivationBase start, int terms, int grid, int order)
    {
        var zone = problem.Zone(EndError);
        var basis = Basis(family, zone, terms, grid, order);
        var beginning = Base(problem, start);
        var (numbers, weights) = Sampled(problem.Numbers, zone);
        var kept = basis.Where(b => numbers.Zip(weights, (x, w) => w * b(x) * b(x)).Sum() > LeastMass).ToList();
        var (normal, target) = (Matrix<double>.Build.Dense(kept.Count, kept.Count), Vector<double>.Build.Dense(kept.Count));
        for (var i = 0; i < numbers.Length; i++)
        {
            var (values, rest) = (kept.ConvertAll(b => b(numbers[i])), problem.Function(numbers[i]) - beginning(numbers[i]));
            for (var row = 0; row < kept.Count; row++)
            {
                target[row] += weights[i] * values[row] * rest;
                for (var column = 0; column < kept.Count; column++) normal[row, column] += weights[i] * values[row] * values[column];
            }
        }
        var ridge = Ridge * normal.Trace() / kept.Count;
        for (var i = 0; i < kept.Count; i++) normal[i, i] += ridge;
        var factors = normal.Cholesky().Solve(target);
        return TableSearch.Tabulate(problem, $"{KebabCase.Of(family.ToString())} of {kept.Count} terms", x => beginning(x) + kept.Select((b, i) => factors[i] * b(x)).Sum(), zone);
    }

    static Func<double, double> Base(FitProblem problem, ActivationBase start) => start switch
    {
        ActivationBase.Silu => x => x * PointwiseOperators.Sigmoid(x),
        ActivationBase.QuickGelu => x => x * PointwiseOperators.Sigmoid(1.702 * x),
        _ => x => problem.Line(x),
    };

    static (double[] Numbers, double[] Weights) Sampled(NumberWeights seen, (double Low, double High) zone)
    {
        var inside = seen.Numbers.Zip(seen.Weights).Where(p => p.First >= zone.Low && p.First <= zone.High).ToList();
        var even = Enumerable.Range(0, FloorPoints).Select(i => zone.Low + (i + 0.5) * (zone.High - zone.Low) / FloorPoints);
        return ([.. inside.Select(p => p.First), .. even], [.. inside.Select(p => p.Second), .. Enumerable.Repeat(Floor / FloorPoints, FloorPoints)]);
    }

    /// <summary>Basis functions of a family on an interval.</summary>
    public static IReadOnlyList<Func<double, double>> Basis(ActivationFamily family, (double Low, double High) zone, int terms, int grid, int order)
    {
        var (intervals, degree) = (grid > 0 ? grid : DefaultIntervals, order > 0 ? order : 3);
        var extent = zone.High - zone.Low;
        switch (family)
        {
            case ActivationFamily.Rbf:
                var centres = Math.Max(2, terms > 0 ? terms : DefaultCentres);
                var spread = extent / (centres - 1);
                return [.. Enumerable.Range(0, centres).Select(j => (Func<double, double>)(x => Math.Exp(-Math.Pow((x - zone.Low - j * spread) / spread, 2))))];
            case ActivationFamily.Daruan:
                // A period of twice the interval, since the two ends may differ.
                var (turn, harmonics) = (Math.PI / extent, terms > 0 ? terms : DefaultHarmonics);
                return [_ => 1, .. Enumerable.Range(1, harmonics).SelectMany(k => new Func<double, double>[] { x => Math.Cos(k * turn * (x - zone.Low)), x => Math.Sin(k * turn * (x - zone.Low)) })];
            case ActivationFamily.ReluKan:
                return [.. Supports(intervals, degree).Select(s => (Func<double, double>)(x =>
                {
                    var at = (x - zone.Low) / extent;
                    return Math.Pow(4.0 * intervals * intervals / ((degree + 1) * (degree + 1)) * Math.Max(0, at - s.From) * Math.Max(0, s.To - at), 2);
                }))];
            case ActivationFamily.AfKan:
                return [.. Supports(intervals, degree).Select(s => (Func<double, double>)(x =>
                {
                    // In intervals, so that a SiLU bends within one.
                    var at = (x - zone.Low) / extent * intervals;
                    return Math.Pow(Silu(at - s.From * intervals) * Silu(s.To * intervals - at), 2);
                }))];
            default:
                return [.. Enumerable.Range(0, intervals + degree).Select(m => (Func<double, double>)(x => UniformBSpline.Evaluate(degree, m, (x - zone.Low) / extent * intervals + degree)))];
        }
    }

    static double Silu(double x) => x * PointwiseOperators.Sigmoid(x);

    static IEnumerable<(double From, double To)> Supports(int intervals, int degree) =>
        Enumerable.Range(-degree, intervals + degree).Select(j => (j / (double)intervals, (j + degree + 1) / (double)intervals));
}
