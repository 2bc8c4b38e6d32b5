using System.Globalization;
using System.Net;
using System.Text;

namespace Onnxc.Cli.Output;

/// <summary>Bars over a logarithmic axis, one for each of many things in their order, as a picture that stands in an HTML page.</summary>
static class BarChart
{
    const int Width = 900, Height = 240, Left = 56, Top = 12, Bottom = 28;

    // Below this nothing is told apart.
    const double Least = 1e-9;

    /// <param name="bars">Names, which show when the pointer rests on a bar, and numbers from 0.</param>
    public static string Render(IReadOnlyList<(string Name, double Number)> bars, string vertical)
    {
        var (low, high) = (Exponent(bars.Select(b => b.Number).Where(n => n > 0).DefaultIfEmpty(Least).Min(), Math.Floor), Exponent(bars.Select(b => b.Number).Max(), Math.Ceiling));
        if (high <= low) high = low + 1;
        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" font-family=\"system-ui,sans-serif\" font-size=\"12\">\n");
        for (var exponent = low; exponent <= high; exponent++)
            Add($"<line x1=\"{Left}\" x2=\"{Width}\" y1=\"{Y(exponent):0.#}\" y2=\"{Y(exponent):0.#}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(exponent) + 4:0.#}\" text-anchor=\"end\">1e{exponent:0}</text>\n");
        var step = (Width - Left) / (double)bars.Count;
        for (var i = 0; i < bars.Count; i++)
        {
            if (!(bars[i].Number > 0)) continue;
            var top = Y(Math.Log10(Math.Max(bars[i].Number, Least)));
            Add($"<rect x=\"{Left + i * step:0.##}\" y=\"{top:0.#}\" width=\"{Math.Max(0.5, step * 0.8):0.##}\" height=\"{Height - Bottom - top:0.#}\" fill=\"#1f5fa8\"><title>{Text(bars[i].Name)}: {bars[i].Number:0.###e-0}</title></rect>\n");
        }
        Add($"<text x=\"{(Left + Width) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">{Text(vertical)}</text>\n");
        return svg.Append("</svg>\n").ToString();

        double Y(double exponent) => Top + (high - exponent) / (high - low) * (Height - Bottom - Top);
        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
    }

    static double Exponent(double number, Func<double, double> round) => round(Math.Log10(Math.Clamp(number, Least, 1 / Least)));

    static string Text(string text) => WebUtility.HtmlEncode(text);
}
