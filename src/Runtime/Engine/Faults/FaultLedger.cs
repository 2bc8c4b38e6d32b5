using System.Collections.Immutable;
using Onnxc.Calibration;

namespace Onnxc.Runtime;

/// <summary>Trials of a campaign, or of a part of one, and what it is about. Trials of shards and of interrupted runs add up.</summary>
public sealed class FaultLedger
{
    readonly SortedDictionary<(int Target, int Rate, int Trial), FaultTrial> trials = [];

    /// <summary>A hash of model, data, faults and seed: trials of equal ones can be put together.</summary>
    public required ulong Identity { get; init; }

    /// <summary>Names of what is hit: layers, bits, or the model.</summary>
    public required ImmutableArray<string> Targets { get; init; }

    public required ImmutableArray<double> Rates { get; init; }

    /// <summary>Decisions of one trial.</summary>
    public required int Decisions { get; init; }

    /// <summary>Right decisions without faults; null without labels.</summary>
    public required int? Right { get; init; }

    /// <summary>Bits of faulty memory.</summary>
    public required long Bits { get; init; }

    /// <summary>Trials by place of target, place of rate, and number.</summary>
    public IReadOnlyDictionary<(int Target, int Rate, int Trial), FaultTrial> Trials => trials;

    /// <summary>Accuracy without faults, or 1 without labels.</summary>
    public double Baseline => Right is { } right ? (double)right / Decisions : 1;

    public void Add((int Target, int Rate, int Trial) place, FaultTrial trial) => trials[place] = trial;

    /// <summary>Why the trials of <paramref name="other"/> do not belong here, or null.</summary>
    public string? Mismatch(FaultLedger other) =>
        Identity != other.Identity ? "model, data, faults or seed are others"
        : !Rates.AsSpan().SequenceEqual(other.Rates.AsSpan()) ? "its rates are others"
        : !Targets.AsSpan().SequenceEqual(other.Targets.AsSpan()) ? "it hits other layers or bits"
        : null;

    /// <summary>The curve of one target, at the rates that there are trials for.</summary>
    public IReadOnlyList<FaultPoint> Curve(int target) =>
        [.. Rates.Select((rate, i) => Point(rate, [.. trials.Where(t => t.Key.Target == target && t.Key.Rate == i).Select(t => t.Value)])).Where(p => p.Trials > 0)];

    /// <summary>Area under the curve of one target; accuracies are shares.</summary>
    public double Area(int target) => FaultCurve.Area([.. Curve(target).Select(p => p.Kept.Mean)]);

    FaultPoint Point(double rate, IReadOnlyList<FaultTrial> found) => new(rate, found.Count,
        Right is null ? null : ConfidenceInterval.Of([.. found.Select(t => (double)t.Right!.Value / Decisions)]),
        ConfidenceInterval.Of([.. found.Select(t => 1 - (double)t.Same / Decisions)]),
        found.Count == 0 ? 0 : found.Average(t => (double)t.Hits));

    /// <summary>Differences of accuracy between the same trials of this ledger and <paramref name="other"/>, whose faults are as far as possible the same.</summary>
    public ConfidenceInterval Gain(FaultLedger other, int target, int rate) => ConfidenceInterval.Of([.. trials
        .Where(t => t.Key.Target == target && t.Key.Rate == rate && other.trials.ContainsKey(t.Key))
        .Select(t => other.Share(other.trials[t.Key]) - Share(t.Value))]);

    double Share(FaultTrial trial) => (double)(trial.Right ?? trial.Same) / Decisions;
}
