using System.Collections.Immutable;
using System.Globalization;
using Onnxc.IR;
using Onnxc.Operators;

namespace Onnxc.Passes.Activations;

/// <summary>Finds the ends of the grid, and with how few segments a function fits: kernels look up so many in registers.</summary>
static class TableSearch
{
    static readonly ImmutableArray<int> Sizes = [8, 16, 32, 64, 128];

    // How near to the asymptotes the function has to be at the ends of the grid: where it is all the same, a short grid has short segments.
    static readonly ImmutableArray<double> EndErrors = [1e-12, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2];

    /// <summary>The best spline of the smallest size that has an error of at most <paramref name="enough"/>, or the best of the largest size.</summary>
    /// <param name="size">The only size to try; 0 for all.</param>
    public static ActivationFit Spline(FitProblem problem, double enough, double tail, int size)
    {
        ActivationFit? best = null;
        foreach (var segments in size > 0 ? [size] : Sizes)
        {
            best = EndErrors.Select(e => Grid(problem, problem.Zone(e), segments)).Distinct()
                .Select(g => Of(problem, "b-spline", SplineFit.Fit(problem.Function, problem.Left, problem.Right, problem.Numbers, g.Low, g.High, segments)))
                .MinBy(f => (f.Tail > tail, f.Error))!;
            if (best.Error <= enough && best.Tail <= tail) break;
        }
        return best!;
    }

    /// <summary>A function with the same asymptotes as a table of cubics, so fine that the error of that is small beside its own.</summary>
    public static ActivationFit Tabulate(FitProblem problem, string family, Func<double, double> function, (double Low, double High) zone)
    {
        var error = problem.Error(function);
        ActivationFit? fit = null;
        foreach (var segments in Sizes)
        {
            var (low, high) = Grid(problem, zone, segments);
            var table = SplineFit.Fit(function, problem.Left, problem.Right, problem.Numbers, low, high, segments);
            fit = Of(problem, family, table);
            if (problem.Error(x => table.Evaluate(x) + problem.Function(x) - function(x)) <= error / 10) break;
        }
        return fit!;
    }

    static ActivationFit Of(FitProblem problem, string family, CubicTable table) => new(
        string.Create(CultureInfo.InvariantCulture, $"{family}, {table.Segments} segments on [{table.Low:0.###}, {table.High:0.###}], slopes {table.Left:0.###} and {table.Right:0.###}"),
        // As measured beside each other: look-ups of up to 32 segments permute registers, beyond that they gather.
        table.Segments switch { <= 8 => 20, <= 16 => 22, <= 32 => 25, _ => 60 },
        problem.Error(table.Evaluate),
        problem.Tail(table.Evaluate),
        (builder, x) => builder.Custom("SplineActivation", [x], ("coefficients", new FloatsAttribute([.. table.Coefficients])),
            ("low", table.Low), ("high", table.High), ("left_slope", table.Left), ("right_slope", table.Right)));

    // A knot at zero, where the lines meet at an angle.
    static (double Low, double High) Grid(FitProblem problem, (double Low, double High) zone, int segments)
    {
        if (problem.Left.Slope == problem.Right.Slope) return zone;
        var before = (int)Math.Round(segments * -zone.Low / (zone.High - zone.Low));
        if (zone.Low < 0) before = Math.Max(before, 1);
        if (zone.High > 0) before = Math.Min(before, segments - 1);
        var width = Math.Max(before > 0 ? -zone.Low / before : 0, before < segments ? zone.High / (segments - before) : 0);
        return (-before * width, (segments - before) * width);
    }
}
