namespace Onnxc.Passes.Activations;

/// <summary>Functions as the operator <c>AfKanLinear</c> has them.</summary>
/// <param name="Activation">Its number in <see cref="Activations"/>.</param>
sealed record AfKanBasis(int Activation, double[] Factors, double[] Low, double[] High)
{
    const int Points = 97;

    /// <summary>In the order of the operator's attribute.</summary>
    public static IReadOnlyList<Func<double, double>> Activations { get; } = [x => x * PointwiseOperators.Sigmoid(x), x => Math.Max(0, x), PointwiseOperators.Sigmoid, Math.Tanh];

    // Of a + c, a·c, a² + c², (a + c)·(a² + c²), (a·c)² and (a·c)³: quad1, quad2, sum, prod, sum_prod, cubic1 and cubic2 of AF-KAN.
    static readonly double[][] Formulas = [[0, 0, 0, 0, 1, 0], [0, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 1]];

    /// <summary>What functions <paramref name="cone"/> computes, found by their values at numbers all over its constants; null when none of these do.</summary>
    public static AfKanBasis? Of(KanCone cone, IEvaluator evaluator, double tolerance)
    {
        // The same ends for all inputs.
        var ends = cone.Constants().Where(c => c[0].Length == cone.Terms && c.All(r => r.AsSpan().SequenceEqual(c[0]))).Select(c => c[0]).ToList();
        if (ends.Count < 2) return null;
        var (least, most) = (ends.Min(e => e.Min()), ends.Max(e => e.Max()));
        double[] points = [.. Enumerable.Range(0, Points).Select(i => least + (1.5 * (i + 0.37) / Points - 0.25) * (most - least))];
        if (cone.Probe(evaluator, points) is not { } values) return null;
        var all = from low in ends from high in ends where !ReferenceEquals(low, high) from activation in Enumerable.Range(0, Activations.Count) from factors in Formulas select new AfKanBasis(activation, factors, low, high);
        return all.FirstOrDefault(b => b.Agrees(cone, points, values, tolerance));
    }

    bool Agrees(KanCone cone, double[] points, double[] values, double tolerance)
    {
        var at = 0;
        foreach (var x in points)
        {
            double[] expected = [.. Low.Zip(High, (low, high) => Evaluate(Activations[Activation](x - low), Activations[Activation](high - x)))];
            for (var i = 0; i < cone.Inputs; i++)
                foreach (var value in expected)
                    if (!(Math.Abs(value - values[at++]) <= tolerance * Math.Max(1, Math.Abs(value)))) return false;
        }
        return true;
    }

    double Evaluate(double a, double c)
    {
        var (sum, product, squares) = (a + c, a * c, a * a + c * c);
        return Factors[0] * sum + Factors[1] * product + Factors[2] * squares + Factors[3] * sum * squares + Factors[4] * product * product + Factors[5] * product * product * product;
    }
}
