using System.Globalization;
using System.Net;
using System.Text;

namespace Onnxc.Cli.Output;

/// <summary>Curves with bands of confidence over a logarithmic or linear axis, as a picture that stands in an HTML page or by itself.</summary>
static class LineChart
{
    const int Width = 640, Height = 360, Left = 56, Right = 16, Top = 16, Bottom = 44;
    static readonly string[] Colours = ["#1f5fa8", "#c8501e", "#2e8b57", "#7b3fa0", "#8a6d1b", "#b3245d", "#3d7f8c", "#555555"];

    /// <summary>Shares from 0 to 1 at positive places, or numbers in <see cref="Range"/>.</summary>
    public sealed record Series(string Name, IReadOnlyList<(double X, double Y, double Low, double High)> Points);

    /// <summary>The vertical axis where it has numbers; then the horizontal one is linear, and has numbers too.</summary>
    public sealed record Range(double Low, double High);

    public static string Render(IReadOnlyList<Series> series, string horizontal, string vertical, bool isLinear = false, Range? range = null)
    {
        isLinear |= range is not null;
        var (low, high) = range is null ? (0.0, 1.0) : (range.Low, range.High);
        List<double> places = [.. series.SelectMany(s => s.Points).Select(p => p.X).Where(x => isLinear || x > 0).Distinct().Order()];
        if (places.Count == 0) return "";
        var (first, last) = (Place(places[0]), Place(places[^1]));
        // Of many places on a linear axis a few are named.
        if (isLinear && range is null) places = [.. Enumerable.Range(0, 6).Select(i => first + (last - first) * i / 5)];
        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height + 20 * series.Count}\" width=\"{Width}\" font-family=\"system-ui,sans-serif\" font-size=\"12\">\n");
        for (var tenth = 0; tenth <= 10; tenth += 2)
        {
            var at = low + (high - low) * tenth / 10;
            Add($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(at):0.#}\" y2=\"{Y(at):0.#}\" stroke=\"#ddd\"/>");
            Add($"<text x=\"{Left - 6}\" y=\"{Y(at) + 4:0.#}\" text-anchor=\"end\">{(range is null ? tenth * 10 + " %" : at.ToString("0.##", CultureInfo.InvariantCulture))}</text>\n");
        }
        foreach (var place in places) Add($"<text x=\"{X(place):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{(range is not null ? N(place) : isLinear ? N(100 * place) + " %" : place.ToString("0.###e-0", CultureInfo.InvariantCulture))}</text>\n");
        Add($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">{Text(horizontal)}</text>");
        Add($"<text transform=\"translate(14 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{Text(vertical)}</text>\n");
        for (var i = 0; i < series.Count; i++) Draw(series[i], Colours[i % Colours.Length], Height + 20 * i + 6);
        return svg.Append("</svg>\n").ToString();

        void Draw(Series one, string colour, int legend)
        {
            var points = one.Points.Where(p => isLinear || p.X > 0).ToList();
            var band = points.Select(p => $"{N(X(p.X))},{N(Y(p.High))}").Concat(points.AsEnumerable().Reverse().Select(p => $"{N(X(p.X))},{N(Y(p.Low))}"));
            Add($"<polygon points=\"{string.Join(' ', band)}\" fill=\"{colour}\" fill-opacity=\"0.15\"/>");
            Add($"<polyline points=\"{string.Join(' ', points.Select(p => $"{N(X(p.X))},{N(Y(p.Y))}"))}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
            foreach (var p in points) Add($"<circle cx=\"{X(p.X):0.#}\" cy=\"{Y(p.Y):0.#}\" r=\"2.5\" fill=\"{colour}\"/>");
            Add($"<rect x=\"{Left}\" y=\"{legend - 3}\" width=\"18\" height=\"4\" fill=\"{colour}\"/><text x=\"{Left + 24}\" y=\"{legend + 4}\">{Text(one.Name)}</text>\n");
        }

        double X(double x) => last > first ? Left + 20 + (Place(x) - first) / (last - first) * (Width - Left - Right - 40) : (Left + Width - Right) / 2.0;
        double Y(double y) => Top + (1 - Math.Clamp((y - low) / (high - low), 0, 1)) * (Height - Top - Bottom);
        double Place(double x) => isLinear ? x : Math.Log10(x);
        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
    }

    static string N(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);

    static string Text(string text) => WebUtility.HtmlEncode(text);
}
