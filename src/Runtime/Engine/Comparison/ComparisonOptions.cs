namespace Onnxc.Runtime;

/// <summary>How models are compared.</summary>
public sealed record ComparisonOptions
{
    public ToleranceMode Mode { get; init; } = ToleranceMode.Rounding;

    /// <summary>Approximate mode: largest absolute error of any element.</summary>
    public double? MaxError { get; init; }

    /// <summary>Approximate mode: least ratio of signal to error of any output, in dB.</summary>
    public double? MinSqnr { get; init; }

    /// <summary>Approximate mode: least share of rows with the same greatest element, 0 to 1.</summary>
    public double? MinAgreement { get; init; }

    /// <summary>Rounding mode: multiples of the type's epsilon, relative to the greatest magnitude of the output.</summary>
    public double RoundingUnits { get; init; } = 64;

    /// <summary>Rounding mode: multiples of what ONNX Runtime's own optimisations move the reference.</summary>
    public double DriftFactor { get; init; } = 8;

    /// <summary>The candidate may lack outputs, on purpose; the others are compared.</summary>
    public bool OutputsMayBeMissing { get; init; }

    /// <summary>Outputs of the reference that the candidate takes as inputs are passed on to it, not compared.</summary>
    public bool PassesOn { get; init; }

    /// <summary>Counts the numbers of both sides as well.</summary>
    public bool Histograms { get; init; }

    /// <summary>Where no data is given: seed of the generated inputs, and how many sets of them.</summary>
    public ulong Seed { get; init; }

    public int Runs { get; init; } = 1;
    public ShapeOverrides Shapes { get; init; } = ShapeOverrides.None;
    public SessionSettings Reference { get; init; } = SessionSettings.Default;
    public SessionSettings Candidate { get; init; } = SessionSettings.Default;

    /// <summary>Limit for one run; null for none.</summary>
    public TimeSpan? Timeout { get; init; } = TimeSpan.FromMinutes(5);
}
