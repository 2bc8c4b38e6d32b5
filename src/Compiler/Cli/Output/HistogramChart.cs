using System.Globalization;
using System.Net;
using System.Text;
using Onnxc.Cli.Json;

namespace Onnxc.Cli.Output;

/// <summary>How the numbers of a value are distributed before and after, over a logarithmic axis of counts, as a picture that stands in an HTML page.</summary>
static class HistogramChart
{
    const int Width = 440, Height = 200, Left = 48, Top = 30, Bottom = 26;

    public static string Render(string name, CompileReport.DistributionJson counted)
    {
        var decades = Math.Max(1, (int)Math.Ceiling(Math.Log10(1 + counted.Before.Concat(counted.After).Max())));
        var step = (Width - Left - 8) / (double)counted.Before.Count;
        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" font-family=\"system-ui,sans-serif\" font-size=\"12\">\n");
        Add($"<text x=\"{Left}\" y=\"12\">{WebUtility.HtmlEncode(name)}</text>\n");
        Add($"<text x=\"{Left}\" y=\"25\" fill=\"#1f5fa8\">before</text><text x=\"{Left + 52}\" y=\"25\" fill=\"#c8501e\">after</text>\n");
        for (var decade = 0; decade <= decades; decade++)
            Add($"<line x1=\"{Left}\" x2=\"{Width - 8}\" y1=\"{Y(Math.Pow(10, decade)):0.#}\" y2=\"{Y(Math.Pow(10, decade)):0.#}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(Math.Pow(10, decade)) + 4:0.#}\" text-anchor=\"end\">1e{decade}</text>\n");
        Outline(counted.Before, "#1f5fa8", "0.25");
        Outline(counted.After, "#c8501e", "0");
        Label(0, "start");
        Label(counted.Before.Count, "end");
        return svg.Append("</svg>\n").ToString();

        void Outline(IReadOnlyList<long> counts, string colour, string opacity)
        {
            var points = counts.SelectMany((c, i) => new[] { (X: i, Count: c), (X: i + 1, Count: c) }).Select(p => string.Create(CultureInfo.InvariantCulture, $"{Left + p.X * step:0.#},{Y(p.Count):0.#}"));
            Add($"<polygon points=\"{Left},{Height - Bottom} {string.Join(' ', points)} {Left + counts.Count * step:0.#},{Height - Bottom}\" fill=\"{colour}\" fill-opacity=\"{opacity}\" stroke=\"{colour}\"/>\n");
        }

        void Label(int bin, string anchor) => Add($"<text x=\"{Left + bin * step:0.#}\" y=\"{Height - 8}\" text-anchor=\"{anchor}\">{counted.Least + bin * counted.Width:0.####}</text>\n");

        double Y(double count) => Height - Bottom - Math.Log10(1 + count) / Math.Log10(1 + Math.Pow(10, decades)) * (Height - Bottom - Top);

        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
    }
}
