using System.Globalization;
using System.Net;
using System.Text;
using Onnxc.Cli.Json;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Output;

/// <summary>A compile's report as one HTML file without scripts or references to the outside.</summary>
static class HtmlReport
{
    const string Style = "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}"
        + "table{border-collapse:collapse;margin:1em 0}td,th{padding:.25em .8em;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}"
        + "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code{background:#f3f3f3;padding:.1em .3em}";

    /// <summary>Null when it went well.</summary>
    public static Diagnostic? Write(string path, CompileReport report) => TextFile.Write(path, Render(report));

    public static string Render(CompileReport report)
    {
        var html = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>onnxc: ");
        html.Append(Text(Path.GetFileName(report.Output))).Append("</title><style>").Append(Style).Append("</style></head><body>\n");
        html.Append("<h1>").Append(Text(Path.GetFileName(report.Input))).Append(" → ").Append(Text(Path.GetFileName(report.Output))).Append("</h1>\n");
        html.Append("<p><code>").Append(Text(report.Pipeline ?? "")).Append("</code></p>\n");
        if (report.Check is { } check) html.Append("<p>").Append(Text(CompileSummary.CheckLine(check))).Append("</p>\n");
        if (report is { Before: { } before, After: { } after }) Figures(html, before, after);
        Table(html, "Passes", ["Step", "Numerics", "Changed", "Nodes", "Time", "Coverage"], [2, 3, 4],
            report.Passes.Select(p => new[]
            {
                p.Step, p.Numerics, Units.Count(p.Changed), $"{Units.Count(p.NodesBefore)} → {Units.Count(p.NodesAfter)}",
                Units.Milliseconds(p.Milliseconds), p.Coverage,
            }));
        Table(html, "Outputs", ["Name", "Type", "Largest error", "SQNR dB", "Verdict"], [2, 3],
            (report.Check?.Outputs ?? []).Select(o => new[]
            {
                o.Name, o.Type, Units.Number(o.MaxError), o.SqnrDb is { } db ? Units.Number(db) : "exact", o.Passed ? "ok" : o.Reason ?? "beyond tolerance",
            }));
        Table(html, "Diagnostics", ["Id", "Message", "Help"], [], report.Diagnostics.Select(d => new[] { d.Id, d.Message, d.Help ?? "" }));
        return html.Append("</body></html>\n").ToString();
    }

    static void Figures(StringBuilder html, CompileReport.FiguresJson before, CompileReport.FiguresJson after)
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
        Table(html, "Model", ["", "Before", "After", "Change"], [1, 2, 3], rows);
    }

    static void Table(StringBuilder html, string title, string[] headers, int[] numeric, IEnumerable<string[]> rows)
    {
        var list = rows.ToList();
        if (list.Count == 0) return;
        html.Append(CultureInfo.InvariantCulture, $"<h2>{Text(title)}</h2>\n<table><tr>");
        for (var i = 0; i < headers.Length; i++) Cell("th", i, headers[i]);
        html.Append("</tr>\n");
        foreach (var row in list)
        {
            html.Append("<tr>");
            for (var i = 0; i < row.Length; i++) Cell("td", i, row[i]);
            html.Append("</tr>\n");
        }
        html.Append("</table>\n");

        void Cell(string tag, int column, string text) =>
            html.Append(CultureInfo.InvariantCulture, $"<{tag}{(numeric.Contains(column) ? " class=\"n\"" : "")}>{Text(text)}</{tag}>");
    }

    // Names come from models that anybody may have made.
    static string Text(string text) => WebUtility.HtmlEncode(text);
}
