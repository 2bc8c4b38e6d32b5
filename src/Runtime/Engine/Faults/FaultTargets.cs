using System.Globalization;
using System.Text.RegularExpressions;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Finds what a campaign hits.</summary>
static class FaultTargets
{
    static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(1);

    public static Result<List<FaultTarget>> Of(IReadOnlyList<FaultSite> sites, FaultOptions options)
    {
        var all = Enumerable.Range(0, sites.Count).ToList();
        if (all.Count == 0) return Result<List<FaultTarget>>.Fail(Diagnostic.Create(Descriptors.NothingToStrike, null, "weights"));
        var chosen = options.Layers.IsEmpty ? all : [];
        foreach (var pattern in options.Layers)
        {
            var found = all.Where(i => Matches(pattern, sites[i])).ToList();
            if (found.Count == 0) return Result<List<FaultTarget>>.Fail(Unknown(pattern, sites));
            chosen.AddRange(found);
        }
        chosen = [.. chosen.Distinct().Order()];
        return Result<List<FaultTarget>>.Ok(options.Scope switch
        {
            FaultScope.Layer => [.. chosen.GroupBy(i => sites[i].Layer).Select(g => new FaultTarget(g.Key, [.. g], options.Faults.Bit))],
            FaultScope.Bit => [.. Enumerable.Range(0, chosen.Max(i => sites[i].Element.BitWidth()))
                .Select(b => new FaultTarget(b.ToString(CultureInfo.InvariantCulture), chosen, b))],
            _ => [new("model", chosen, options.Faults.Bit)],
        });
    }

    static bool Matches(string pattern, FaultSite site)
    {
        // ONNX Runtime hangs the kind of fusion on the name of a node that it fused.
        if (pattern == site.Layer || pattern == site.Name || site.Layer.StartsWith(pattern + "/", StringComparison.Ordinal)) return true;
        try
        {
            var whole = new Regex($"^(?:{pattern})$", RegexOptions.CultureInvariant, MatchTime);
            return whole.IsMatch(site.Layer) || whole.IsMatch(site.Name);
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            return false;
        }
    }

    static Diagnostic Unknown(string pattern, IReadOnlyList<FaultSite> sites)
    {
        var names = sites.SelectMany(w => new[] { w.Layer, w.Name }).Distinct().ToList();
        return Diagnostic.Create(Descriptors.UnknownLayer, null, pattern).WithHelp(Suggestions.Help(pattern, names) ?? $"there are {string.Join(", ", names.Take(8).Select(n => $"`{n}`"))}");
    }
}
