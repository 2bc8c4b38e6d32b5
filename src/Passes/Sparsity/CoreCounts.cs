namespace Onnxc.Passes.Sparsity;

/// <summary>How often neurons are among the largest of a token, as CoreInfer (Wang et al.) counts.</summary>
static class CoreCounts
{
    /// <summary>
    /// For each neuron, the rows in which it is among the largest and positive. As many count in every row, <paramref name="share"/> of how many are
    /// positive on the mean, and one at least; of equal ones the first.
    /// </summary>
    public static int[] Of(ReadOnlySpan<float> rows, int neurons, double share)
    {
        var counts = new int[neurons];
        var (tokens, positive) = (rows.Length / neurons, 0L);
        foreach (var number in rows)
            if (number > 0) positive++;
        if (tokens == 0) return counts;
        var limit = Math.Max(1, (int)(share * positive / tokens));
        for (var token = 0; token < tokens; token++)
        {
            var row = rows.Slice(token * neurons, neurons).ToArray();
            foreach (var place in Enumerable.Range(0, neurons).OrderByDescending(i => row[i]).Take(limit))
                if (row[place] > 0) counts[place]++;
        }
        return counts;
    }

    /// <summary>The places of the largest counts, of equal ones the first, in their order.</summary>
    public static IReadOnlyList<long> Most(IReadOnlyList<int> counts, int kept) =>
        [.. Enumerable.Range(0, counts.Count).OrderByDescending(i => counts[i]).Take(kept).Order().Select(i => (long)i)];
}
