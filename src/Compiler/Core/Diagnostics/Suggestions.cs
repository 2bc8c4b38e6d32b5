namespace Onnxc.Diagnostics;

/// <summary>Finds the names a user may have meant.</summary>
public static class Suggestions
{
    /// <summary>Up to <paramref name="count"/> candidates nearest to <paramref name="name"/>, best first, none that is far off.</summary>
    public static IReadOnlyList<string> For(string name, IEnumerable<string> candidates, int count = 3) =>
        [.. candidates.Distinct(StringComparer.Ordinal)
            .Select(c => (Candidate: c, Distance: Distance(name, c)))
            .Where(p => p.Distance <= Math.Max(2, name.Length / 3) || (name.Length > 2 && p.Candidate.Contains(name, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(p => p.Distance).ThenBy(p => p.Candidate, StringComparer.Ordinal)
            .Take(count).Select(p => p.Candidate)];

    /// <summary>Help line that names the nearest candidates; null when none is near.</summary>
    public static string? Help(string name, IEnumerable<string> candidates)
    {
        var near = For(name, candidates);
        return near.Count switch
        {
            0 => null,
            1 => $"a similar name exists: `{near[0]}`",
            _ => $"similar names exist: {string.Join(", ", near.Select(n => $"`{n}`"))}",
        };
    }

    // Levenshtein distance, letter case ignored.
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }
        return row[b.Length];
    }
}
