using Onnxc.IR;

namespace Onnxc.Passes.Activations;

/// <summary>What the functions of a layer's edges are, as the operator <c>DaruanLinear</c> has them.</summary>
/// <param name="Weights">[inputs, terms, outputs]: coefficients, the factor of what is measured where <paramref name="IsFast"/>, and that of silu where there is one.</param>
sealed record DaruanLayer(double Frequency, bool IsFast, bool HasBase, int Terms, double[] Weights, double[] Bias)
{
    const int LeastCoefficients = 3, Checks = 17;
    const double Noise = 1e-9, Tolerance = 1e-6, Start = 0.5;

    /// <summary>Null when an edge has a function of another kind.</summary>
    public static DaruanLayer? Of(EdgeFunctions edges)
    {
        if (HarmonicSum.Frequency(Slopes(edges)) is not { } frequency) return null;
        // Where numbers are subtracted they may be the magnitudes of amplitudes; nowhere else are they of interest.
        var differences = edges.Nodes.Where(n => n.Op.Is("Sub")).Select(n => (Value?)n.Output).Reverse();
        return differences.Prepend(null).Select(measured => Read(edges, frequency, measured)).FirstOrDefault(l => l is not null);
    }

    static IEnumerable<double> Slopes(EdgeFunctions edges)
    {
        var angles = edges.Nodes.Where(FuseDaruan.IsWave).Select(n => n.Input(0)!).Distinct().ToList();
        for (var o = 0; o < edges.Outputs; o++)
            for (var i = 0; i < edges.Inputs; i++)
            {
                edges.Select(o, i);
                foreach (var angle in angles) yield return edges.Evaluate(angle, 1) - edges.Evaluate(angle, 0);
            }
    }

    static DaruanLayer? Read(EdgeFunctions edges, double frequency, Value? measured)
    {
        var (inputs, outputs) = (edges.Inputs, edges.Outputs);
        var found = new List<Edge>();
        for (var i = 0; i < inputs; i++)
            for (var o = 0; o < outputs; o++)
            {
                edges.Select(o, i);
                if (EdgeOf(edges, frequency, measured) is not { } edge) return null;
                found.Add(edge);
            }
        var (count, hasBase) = (Math.Max(LeastCoefficients, found.Max(e => e.Coefficients.Length)), found.Any(e => e.Base != 0));
        var terms = count + (measured is null ? 0 : 1) + (hasBase ? 1 : 0);
        var (weights, bias) = (new double[inputs * terms * outputs], new double[outputs]);
        for (var at = 0; at < found.Count; at++)
        {
            var (first, edge) = (at / outputs * terms * outputs + at % outputs, found[at]);
            for (var k = 0; k < edge.Coefficients.Length; k++) weights[first + k * outputs] = edge.Coefficients[k];
            if (measured is not null) weights[first + count * outputs] = edge.Factor;
            if (hasBase) weights[first + (terms - 1) * outputs] = edge.Base;
            bias[at % outputs] += edge.Offset;
        }
        return new(frequency, measured is not null, hasBase, terms, weights, bias);
    }

    // Of the edge that is selected. What is measured inside, if anything is, comes times a factor and with an offset.
    static Edge? EdgeOf(EdgeFunctions edges, double frequency, Value? measured)
    {
        var (whole, period) = (edges.Sum.Input(0)!, 2 * Math.PI / frequency);
        // Nothing but silu changes over a period.
        var multiple = (edges.Evaluate(whole, Start + period) - edges.Evaluate(whole, Start)) / (Silu(Start + period) - Silu(Start));
        if (!double.IsFinite(multiple)) return null;
        if (Math.Abs(multiple) <= Noise) multiple = 0;
        if (measured is null) return HarmonicSum.Of(Rest, frequency) is { } plain ? new(plain, 1, multiple, 0) : null;
        if (HarmonicSum.Of(x => HarmonicSum.Expectation(edges.Evaluate(measured, x)), frequency) is not { } coefficients) return null;
        var points = Enumerable.Range(0, Checks).Select(i => (i + 0.37) * period / Checks).Select(x => (Inside: edges.Evaluate(measured, x), Other: Rest(x))).ToList();
        var (low, high) = (points.MinBy(p => p.Inside), points.MaxBy(p => p.Inside));
        var factor = high.Inside - low.Inside > Noise ? (high.Other - low.Other) / (high.Inside - low.Inside) : 0;
        var offset = low.Other - factor * low.Inside;
        return points.All(p => Math.Abs(p.Other - factor * p.Inside - offset) <= Tolerance) ? new(coefficients, factor, multiple, offset) : null;

        double Rest(double x) => edges.Evaluate(whole, x) - multiple * Silu(x);
    }

    static double Silu(double x) => x * PointwiseOperators.Sigmoid(x);

    sealed record Edge(float[] Coefficients, double Factor, double Base, double Offset);
}
