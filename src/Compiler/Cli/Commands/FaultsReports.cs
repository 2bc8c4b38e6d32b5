using System.Globalization;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>What is told of a campaign.</summary>
static class FaultsReports
{
    /// <param name="ledgers">Of the model, and of the one that it is held against.</param>
    public static FaultsReport Of(IReadOnlyList<(string Model, FaultLedger Ledger)> ledgers) => new()
    {
        Models = [.. ledgers.Select(l => FaultsReport.CampaignJson.Of(l.Model, l.Ledger))],
        Gains = ledgers.Count < 2 ? [] : [.. Gains(ledgers[0].Ledger, ledgers[1].Ledger)],
    };

    // Layers of one model need not be those of the other.
    static IEnumerable<FaultsReport.GainJson> Gains(FaultLedger first, FaultLedger other)
    {
        if (!first.Targets.SequenceEqual(other.Targets) || (first.Right is null) != (other.Right is null)) yield break;
        for (var target = 0; target < first.Targets.Length; target++)
            for (var rate = 0; rate < first.Rates.Length; rate++)
            {
                var gain = first.Gain(other, target, rate);
                if (!double.IsNaN(gain.Mean)) yield return new(first.Targets[target], first.Rates[rate], gain.Mean, gain.HalfWidth);
            }
    }

    public static void Print(FaultsReport report, TextWriter output)
    {
        foreach (var model in report.Models)
        {
            output.WriteLine($"{model.Model}: {Percent(model.Baseline)} {What(model)} without faults, {Units.Count(model.Decisions)} decisions, {Units.Count(model.Bits)} bits");
            var table = new TextTable("Hit", " Rate", " Trials", " Bits hit", $" {char.ToUpperInvariant(What(model)[0])}{What(model)[1..]}", " 95 %", " Corrupted", " Area");
            foreach (var target in model.Targets)
                foreach (var point in target.Points)
                    table.Add(target.Name, Rate(point.Rate), Units.Count(point.Trials), Units.Number(point.Hits), Percent(point.Kept.Mean), $"{Percent(point.Kept.Low)} – {Percent(point.Kept.High)}",
                        Percent(point.Corruption.Mean), point == target.Points[^1] ? Percent(target.Area) : "");
            table.WriteTo(output);
        }
        if (report.Gains.Count == 0) return;
        output.WriteLine($"gain of {report.Models[1].Model} over {report.Models[0].Model} in the same trials");
        var gains = new TextTable("Hit", " Rate", " Points", " ±");
        foreach (var gain in report.Gains) gains.Add(gain.Target, Rate(gain.Rate), (100 * gain.Mean).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture), (100 * gain.HalfWidth).ToString("0.00", CultureInfo.InvariantCulture));
        gains.WriteTo(output);
    }

    public static string What(FaultsReport.CampaignJson model) => model.HasLabels ? "accuracy" : "agreement";

    public static string Percent(double share) => double.IsFinite(share) ? (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + " %" : "?";

    public static string Rate(double rate) => rate.ToString("0.###e-0", CultureInfo.InvariantCulture);
}
