using System.Collections.Immutable;

namespace Onnxc.Calibration;

/// <summary>Faults that candidates are tried under: shares of bits that flip, trials at each, and the seed of the flips.</summary>
public sealed record FaultPlan(ImmutableArray<double> Rates, int Trials, ulong Seed)
{
    public static readonly FaultPlan NoFaults = new([], 0, 0);

    /// <summary>What keeps less than this share of decisions without faults is not tried under faults, and counts as keeping none.</summary>
    public double Least { get; init; }
}
