using System.Globalization;
using System.Net;
using System.Text;

namespace Onnxc.Cli.Output;

/// <summary>One HTML file without scripts or references to the outside.</summary>
sealed class HtmlPage
{
    const string Style = "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}"
        + "table{border-collapse:collapse;margin:1em 0}td,th{padding:.25em .8em;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}"
        + "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code{background:#f3f3f3;padding:.1em .3em}";

    readonly StringBuilder html = new("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>onnxc: ");

    /// <param name="title">What the browser shows.</param>
    /// <param name="heading">What the page begins with; the title when null.</param>
    public HtmlPage(string title, string? heading = null)
    {
        html.Append(Text(title)).Append("</title><style>").Append(Style).Append("</style></head><body>\n");
        html.Append("<h1>").Append(Text(heading ?? title)).Append("</h1>\n");
    }

    public void Code(string text) => html.Append("<p><code>").Append(Text(text)).Append("</code></p>\n");

    public void Paragraph(string text) => html.Append("<p>").Append(Text(text)).Append("</p>\n");

    /// <summary>Adds markup as it is.</summary>
    public void Raw(string markup) => html.Append(markup);

    /// <summary>Adds a table, unless it has no rows. <paramref name="numeric"/>: columns to align right.</summary>
    public void Table(string title, string[] headers, int[] numeric, IEnumerable<string[]> rows)
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

    public override string ToString() => html + "</body></html>\n";

    // Names come from models that anybody may have made.
    static string Text(string text) => WebUtility.HtmlEncode(text);
}
