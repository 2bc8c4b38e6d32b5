using Onnxc.Cli.Json;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Output;

/// <summary>A compile's report as one HTML file without scripts or references to the outside.</summary>
static class HtmlReport
{
    const int WorstLayers = 20;

    /// <summary>Null when it went well.</summary>
    public static Diagnostic? Write(string path, CompileReport report) => TextFile.Write(path, Render(report));

    public static string Render(CompileReport report)
    {
        var page = new HtmlPage(Path.GetFileName(report.Output), $"{Path.GetFileName(report.Input)} → {Path.GetFileName(report.Output)}");
        page.Code(report.Pipeline ?? "");
        if (report.Check is { } check) page.Paragraph(CompileSummary.CheckLine(check));
        if (report is { Before: { } before, After: { } after }) Figures(page, before, after);
        page.Table("Passes", ["Step", "Numerics", "Changed", "Nodes", "Time", "Coverage"], [2, 3, 4],
            report.Passes.Select(p => new[]
            {
                p.Step, p.Numerics, Units.Count(p.Changed), $"{Units.Count(p.NodesBefore)} → {Units.Count(p.NodesAfter)}",
                Units.Milliseconds(p.Milliseconds), p.Coverage,
            }));
        if (report.Resolved is { } resolved)
        {
            page.Paragraph("With what searches decided:");
            page.Code(resolved);
        }
        if (report.Layers is { Count: > 0 } layers)
        {
            page.Raw("<h2>Error by layer</h2>\n");
            page.Raw(BarChart.Render([.. layers.Select(l => (l.Name, l.RelativeError))], "values of the model in order; norm of the error over that of the value"));
            page.Table("Layers with the largest errors", ["Value", "Relative error", "SQNR dB", "Largest error"], [1, 2, 3],
                layers.OrderByDescending(l => l.RelativeError).Take(WorstLayers).Where(l => l.RelativeError > 0)
                    .Select(l => new[] { l.Name, Units.Number(l.RelativeError), l.SqnrDb is { } db ? Units.Number(db) : "exact", Units.Number(l.MaxError) }));
        }
        foreach (var layer in report.Layers?.Where(l => l.Distribution is not null).OrderByDescending(l => l.RelativeError) ?? Enumerable.Empty<CompileReport.LayerJson>())
            page.Raw(HistogramChart.Render(layer.Name, layer.Distribution!));
        page.Table("Skipped", ["Step", "Reason", "Nodes"], [2], report.Passes.Where(p => p.Numerics == "approximate").SelectMany(p => p.Skipped.OrderByDescending(s => s.Value).Select(s => new[] { p.Pass, s.Key, Units.Count(s.Value) })));
        page.Table("Outputs", ["Name", "Type", "Largest error", "SQNR dB", "Verdict"], [2, 3],
            (report.Check?.Outputs ?? []).Select(o => new[]
            {
                o.Name, o.Type, Units.Number(o.MaxError), o.SqnrDb is { } db ? Units.Number(db) : "exact", o.Passed ? "ok" : o.Reason ?? "beyond tolerance",
            }));
        page.Table("Diagnostics", ["Id", "Message", "Help"], [], report.Diagnostics.Select(d => new[] { d.Id, d.Message, d.Help ?? "" }));
        return page.ToString();
    }

    static void Figures(HtmlPage page, CompileReport.FiguresJson before, CompileReport.FiguresJson after)
    {
        var rows = new List<string[]>
        {
            new[] { "nodes", Units.Count(before.Nodes), Units.Count(after.Nodes), Units.Difference(before.Nodes, after.Nodes) },
            new[] { "parameters", Units.Count(before.Parameters), Units.Count(after.Parameters), Units.Difference(before.Parameters, after.Parameters) },
            new[] { "weights", Units.Bytes(before.ParameterBytes), Units.Bytes(after.ParameterBytes), "" },
            new[] { "file", Units.Bytes(before.FileBytes), Units.Bytes(after.FileBytes), "" },
        };
        foreach (var name in before.Operators.Keys.Union(after.Operators.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (b, a) = (before.Operators.GetValueOrDefault(name), after.Operators.GetValueOrDefault(name));
            rows.Add([name, Units.Count(b), Units.Count(a), Units.Difference(b, a)]);
        }
        page.Table("Model", ["", "Before", "After", "Change"], [1, 2, 3], rows);
    }
}
