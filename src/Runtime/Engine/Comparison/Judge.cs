using System.Globalization;

namespace Onnxc.Runtime;

/// <summary>Decides whether measured differences are within the tolerance that the options ask for.</summary>
static class Judge
{
    public static OutputComparison Decide(string name, MetricsAccumulator measured, ComparisonOptions options, double drift)
    {
        var metrics = measured.Result;
        double? tolerance = options.Mode switch
        {
            ToleranceMode.Exact => 0,
            ToleranceMode.Rounding => options.RoundingUnits * measured.Epsilon * metrics.Scale + options.DriftFactor * drift,
            _ => options.MaxError,
        };
        var reason = metrics.Problem ?? (options.Mode switch
        {
            ToleranceMode.Exact => metrics.IsExact ? null
                : metrics.Mismatches == 0 ? "the types, signs of zeros or bits of NaNs differ" : Text($"{metrics.Mismatches} of {metrics.Elements} elements differ, by {metrics.MaxError:g4} at most"),
            ToleranceMode.Rounding => metrics.MaxError <= tolerance ? null : Text($"an error of {metrics.MaxError:g4} is above {tolerance:g4}"),
            _ => Approximate(metrics, options),
        });
        return new OutputComparison(name, measured.Type, metrics, tolerance, reason is null, reason) { Distributions = measured.Distributions };
    }

    static string? Approximate(TensorMetrics metrics, ComparisonOptions options)
    {
        if (metrics.MaxError > options.MaxError) return Text($"an error of {metrics.MaxError:g4} is above {options.MaxError:g4}");
        if (metrics.SqnrDb < options.MinSqnr) return Text($"{metrics.SqnrDb:f1} dB are below {options.MinSqnr:f1} dB");
        return metrics.Agreement < options.MinAgreement ? Text($"an agreement of {metrics.Agreement:p2} is below {options.MinAgreement:p2}") : null;
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
