using Onnxc.Calibration;
using Onnxc.Runtime;

namespace Onnxc.Cli.Json;

/// <summary>Result of <c>faults</c>.</summary>
sealed record FaultsReport() : Report("faults")
{
    /// <summary>Of each model: the first one, and the one that it is held against.</summary>
    public IReadOnlyList<CampaignJson> Models { get; init; } = [];

    /// <summary>What the second model decides right more than the first, in the same trials.</summary>
    public IReadOnlyList<GainJson> Gains { get; init; } = [];

    public double Seconds { get; init; }

    public sealed record CampaignJson(string Model, double Baseline, bool HasLabels, int Decisions, long Bits, IReadOnlyList<TargetJson> Targets)
    {
        public static CampaignJson Of(string model, FaultLedger ledger) => new(model, ledger.Baseline, ledger.Right is not null, ledger.Decisions, ledger.Bits,
            [.. ledger.Targets.Select((name, i) => new TargetJson(name, ledger.Area(i), [.. ledger.Curve(i).Select(PointJson.Of)]))]);
    }

    /// <summary>A layer, a bit, or the model; <paramref name="Area"/> is the area under its curve.</summary>
    public sealed record TargetJson(string Name, double Area, IReadOnlyList<PointJson> Points);

    /// <summary>Shares with the ends of their 95 % intervals. <paramref name="Kept"/> is the accuracy, or without labels the agreement.</summary>
    public sealed record PointJson(double Rate, int Trials, double Hits, IntervalJson Kept, IntervalJson Corruption)
    {
        public static PointJson Of(FaultPoint p) => new(p.Rate, p.Trials, p.Hits, IntervalJson.Of(p.Kept), IntervalJson.Of(p.Corruption));
    }

    public sealed record IntervalJson(double Mean, double Low, double High)
    {
        public static IntervalJson Of(ConfidenceInterval i) => new(i.Mean, i.Low, i.High);
    }

    public sealed record GainJson(string Target, double Rate, double Mean, double HalfWidth);
}
