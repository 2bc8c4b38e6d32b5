namespace Onnxc.Passes.Clip;

/// <summary>
/// The interval search of FT-ClipAct (Hoang et al., 2020): thirds of an interval, the best of the four ends and its neighbours are the next interval,
/// until the areas under the curves hardly differ.
/// </summary>
/// <param name="delta">How little neighbouring areas may differ to stop, in the unit of the areas.</param>
/// <param name="leastRounds">Rounds before that counts.</param>
/// <param name="mostRounds">Rounds after which to stop in any case.</param>
sealed class IntervalSearch(double delta, int leastRounds, int mostRounds)
{
    // Ends that were tried before are not tried again: the faults are the same, and so is what comes of them.
    readonly SortedDictionary<double, double> known = [];

    /// <summary>Places at which the published search would have measured, those measured before included.</summary>
    public int Published { get; private set; }

    /// <summary>The best place between 0 and <paramref name="most"/>. <paramref name="areas"/>: measures places; null ends the search.</summary>
    public double? Find(double most, Func<IReadOnlyList<double>, IReadOnlyList<double>?> areas)
    {
        var (low, high) = (0.0, most);
        for (var round = 1; ; round++)
        {
            var places = new[] { low, low + (high - low) / 3, low + (high - low) * 2 / 3, high };
            Published += places.Length;
            var missing = places.Where(p => !known.ContainsKey(p)).Distinct().ToList();
            if (missing.Count > 0)
            {
                if (areas(missing) is not { } measured) return null;
                for (var i = 0; i < missing.Count; i++) known[missing[i]] = measured[i];
            }
            var found = Array.ConvertAll(places, p => known[p]);
            var best = Best(found);
            var steps = Enumerable.Range(0, found.Length - 1).Max(i => Math.Abs(found[i + 1] - found[i]));
            if ((steps <= delta && round >= leastRounds) || round >= mostRounds || high <= low) return Widest(found[best]);
            (low, high) = (places[Math.Max(0, best - 1)], places[Math.Min(places.Length - 1, best + 1)]);
        }
    }

    // Of bounds that are as good under faults, the widest does the least harm without them.
    double Widest(double area) => known.Last(k => k.Value >= area - delta).Key;

    static int Best(double[] areas)
    {
        var best = 0;
        for (var i = 1; i < areas.Length; i++)
            if (areas[i] > areas[best]) best = i;
        return best;
    }
}
