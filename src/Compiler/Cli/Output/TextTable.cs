using System.Text;

namespace Onnxc.Cli.Output;

/// <summary>Aligned columns of plain text, readable in a terminal, a log and a diff. Columns whose header starts with a blank align right.</summary>
sealed class TextTable(params IReadOnlyList<string> headers)
{
    readonly List<IReadOnlyList<string>> rows = [];

    public void Add(params IReadOnlyList<string> cells) => rows.Add(cells);

    public void WriteTo(TextWriter writer)
    {
        if (rows.Count == 0) return;
        var names = headers.Select(h => h.Trim()).ToList();
        var right = headers.Select(h => h.StartsWith(' ')).ToList();
        var hasHeader = names.Exists(n => n.Length > 0);
        var widths = names.Select((n, i) => Math.Max(n.Length, rows.Max(r => r[i].Length))).ToList();
        if (hasHeader) Line(names);
        foreach (var row in rows) Line(row);

        void Line(IReadOnlyList<string> cells)
        {
            var line = new StringBuilder();
            for (var i = 0; i < cells.Count; i++)
            {
                if (i > 0) line.Append("  ");
                line.Append(right[i] ? cells[i].PadLeft(widths[i]) : cells[i].PadRight(widths[i]));
            }
            writer.WriteLine(line.ToString().TrimEnd());
        }
    }
}
