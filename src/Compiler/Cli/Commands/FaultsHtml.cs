using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Commands;

/// <summary>A campaign's report as one HTML file.</summary>
static class FaultsHtml
{
    // More curves than these cannot be told apart.
    const int MostCurves = 8;

    /// <summary>Null when it went well.</summary>
    public static Diagnostic? Write(string path, FaultsReport report) => TextFile.Write(path, Render(report));

    public static string Render(FaultsReport report)
    {
        var page = new HtmlPage("faults: " + string.Join(" and ", report.Models.Select(m => Path.GetFileName(m.Model))));
        var curves = report.Models.SelectMany(m => m.Targets.Select(t => new LineChart.Series(
            report.Models.Count == 1 ? t.Name : $"{Path.GetFileName(m.Model)}, {t.Name}", [.. t.Points.Select(p => (p.Rate, p.Kept.Mean, p.Kept.Low, p.Kept.High))]))).ToList();
        var weakest = curves.OrderBy(c => c.Points.Sum(p => p.Y)).Take(MostCurves).ToHashSet();
        page.Raw(LineChart.Render([.. curves.Where(weakest.Contains)], "share of bits hit", FaultsReports.What(report.Models[0])));
        foreach (var model in report.Models)
        {
            page.Paragraph($"{Path.GetFileName(model.Model)}: {FaultsReports.Percent(model.Baseline)} {FaultsReports.What(model)} without faults, {Units.Count(model.Decisions)} decisions in every trial, {Units.Count(model.Bits)} bits of faulty memory.");
            page.Table(Path.GetFileName(model.Model), ["Hit", "Rate", "Trials", "Bits hit", "Kept", "95 % interval", "Corrupted"], [1, 2, 3, 4, 5, 6],
                model.Targets.SelectMany(t => t.Points.Select(p => new[]
                {
                    t.Name, FaultsReports.Rate(p.Rate), Units.Count(p.Trials), Units.Number(p.Hits), FaultsReports.Percent(p.Kept.Mean),
                    $"{FaultsReports.Percent(p.Kept.Low)} – {FaultsReports.Percent(p.Kept.High)}", FaultsReports.Percent(p.Corruption.Mean),
                })));
            page.Table("Area under the curve", ["Hit", "Area"], [1], model.Targets.OrderBy(t => t.Area).Select(t => new[] { t.Name, FaultsReports.Percent(t.Area) }));
        }
        page.Table("Gain in the same trials", ["Hit", "Rate", "Gain", "±"], [1, 2, 3],
            report.Gains.Select(g => new[] { g.Target, FaultsReports.Rate(g.Rate), FaultsReports.Percent(g.Mean), FaultsReports.Percent(g.HalfWidth) }));
        return page.ToString();
    }
}
