using Onnxc.Cli.Json;

namespace Onnxc.Cli.Output;

/// <summary>Differences between two models as lines: <c>-</c> for what was, <c>+</c> for what is.</summary>
static class DiffText
{
    public static void Print(DiffReport.ChangeJson change, TextWriter output)
    {
        var name = change.What == "node" ? change.Where[..(change.Where.LastIndexOf('/') + 1)] : $"{change.Where}: ";
        if (change.Before is { } before) output.WriteLine($"- {change.What} {name}{before}");
        if (change.After is { } after) output.WriteLine($"+ {change.What} {name}{after}");
    }

    /// <summary><c>3 nodes removed, 1 node changed</c>.</summary>
    public static string Counts(IReadOnlyList<DiffReport.ChangeJson> changes) =>
        string.Join(", ", changes.CountBy(c => (c.What, c.Kind)).Select(c => $"{c.Value} {c.Key.What}{(c.Value == 1 ? "" : "s")} {c.Key.Kind}"));
}
