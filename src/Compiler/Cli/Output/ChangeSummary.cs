using Onnxc.Cli.Json;

namespace Onnxc.Cli.Output;

/// <summary>Prints the changes of one pass, grouped by what was done: <c>  3 x merge equal nodes: main/a, main/b, main/c</c>.</summary>
static class ChangeSummary
{
    const int MostSites = 5;

    public static void Print(IReadOnlyList<CompileReport.StepChangeJson> changes, bool all, TextWriter output)
    {
        foreach (var group in changes.GroupBy(c => Kind(c.What), StringComparer.Ordinal).OrderByDescending(g => g.Count()))
        {
            var sites = group.Select(Place).Where(p => p.Length > 0).ToList();
            var shown = all ? sites : sites[..Math.Min(MostSites, sites.Count)];
            var rest = sites.Count > shown.Count ? $" and {Units.Count(sites.Count - shown.Count)} more" : "";
            output.WriteLine($"  {Units.Count(group.Count())} x {group.Key}{(shown.Count > 0 ? ": " : "")}{string.Join(", ", shown)}{rest}");
        }
    }

    /// <summary>What was done without the names in it, which differ from change to change.</summary>
    static string Kind(string what) => string.Join("`…`", what.Split('`').Where((_, i) => i % 2 == 0));

    static string Place(CompileReport.StepChangeJson change)
    {
        var names = string.Join(" -> ", change.What.Split('`').Where((_, i) => i % 2 == 1));
        return change.Site.Length == 0 ? names : names.Length == 0 ? change.Site : $"{change.Site} ({names})";
    }
}
