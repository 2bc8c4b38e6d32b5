namespace Onnxc.Passes.Outline;

/// <summary>
/// Finds what repeats in a row of nodes. Runs of a few nodes are grouped by a hash; each group grows together, node by node, the largest
/// part of it where it parts, and never beyond the next of its members. What lies inside a repeat that was found with the same number of
/// members is not looked at again, so that the work is near linear in the nodes for what models look like, and bounded for all else.
/// </summary>
sealed class RepeatFinder(NodeSequence nodes, int least, int repeats)
{
    const int LongestSeed = 8;

    // Comparisons for every node; real models need fewer than ten.
    const int WorkPerNode = 256;

    // A boundary is looked for this far to the right.
    const int FarthestShift = 1024;

    readonly int seed = Math.Min(least, LongestSeed);

    // Where a repeat passes, and how many members it has: a group of the same would give the rest of it.
    readonly HashSet<(int Start, int Count)> done = [];
    long work;

    /// <summary>Repeats worth a function, best first; they may overlap.</summary>
    public IReadOnlyList<Repeat> Find()
    {
        var groups = Group();
        var limit = ((long)nodes.Count * WorkPerNode) + (1 << 20);
        var found = new List<Repeat>();
        foreach (var group in groups)
        {
            if (done.Contains((group[0], group.Count))) continue;
            if (work > limit) break;
            if (Grow(group) is not { } repeat) continue;
            for (var i = 1; i + seed <= repeat.Length; i++) done.Add((repeat.Starts[0] + i, repeat.Starts.Count));
            found.Add(repeat);
        }
        return [.. found.OrderByDescending(r => r.Saving).ThenBy(r => r.Starts[0])];
    }

    /// <summary>Starts of equal short runs, groups in order of their first.</summary>
    List<List<int>> Group()
    {
        var groups = new OrderedDictionary<ulong, List<int>>();
        // Nodes up to here can be part of a run.
        var end = 0;
        for (var start = 0; start + seed <= nodes.Count; start++)
        {
            end = Math.Max(end, start);
            while (end < start + seed && !nodes.IsUnique(end)) end++;
            if (end < start + seed) continue;
            ulong hash = 0;
            for (var i = 0; i < seed; i++) hash = NodeSequence.Mix(hash, nodes.Hash(start, i));
            if (groups.TryGetValue(hash, out var starts)) starts.Add(start);
            else groups.Add(hash, [start]);
        }
        return [.. groups.Values.Where(g => g.Count >= repeats)];
    }

    Repeat? Grow(List<int> group)
    {
        var alive = Apart(group, seed);
        Repeat? best = null;
        for (var length = 1; alive.Count >= repeats; length++)
        {
            work += alive.Count;
            var agreeing = LargestPart(alive, length - 1);
            var apart = Apart(agreeing, length);
            // Neighbours that touch: growing on would swallow every second one.
            if (apart.Count < repeats || (apart.Count < agreeing.Count && apart.Count * 3 < agreeing.Count * 2)) break;
            alive = apart;
            var repeat = new Repeat(alive, length);
            if (length >= least && (best is null || repeat.Saving >= best.Saving)) best = repeat;
        }
        return best is { Saving: > 0 } ? best : null;
    }

    /// <summary>Those of the starts that agree at <paramref name="offset"/> with one another, the most there are.</summary>
    List<int> LargestPart(List<int> starts, int offset)
    {
        var rest = starts.TrueForAll(s => IsCandidate(s + offset)) ? starts : starts.FindAll(s => IsCandidate(s + offset));
        var largest = new List<int>();
        while (rest.Count > largest.Count)
        {
            var first = rest[0];
            var same = rest.FindAll(s => nodes.Agree(first, s, offset));
            if (same.Count == rest.Count && largest.Count == 0) return rest;
            rest = rest.FindAll(s => !nodes.Agree(first, s, offset));
            work += rest.Count;
            if (same.Count > largest.Count) largest = same;
        }
        return largest;
    }

    bool IsCandidate(int position) => position < nodes.Count && !nodes.IsUnique(position);

    static List<int> Apart(List<int> starts, int length)
    {
        var overlaps = false;
        for (var i = 1; i < starts.Count && !overlaps; i++) overlaps = starts[i] < starts[i - 1] + length;
        if (!overlaps) return starts;
        var apart = new List<int>();
        foreach (var start in starts)
            if (apart.Count == 0 || start >= apart[^1] + length) apart.Add(start);
        return apart;
    }

    /// <summary>
    /// Where repeats follow each other, every cut is one. Moves to the right as far as all agree, to where the fewest values cross: between
    /// layers, not within one.
    /// </summary>
    public Repeat AtBestBoundary(Repeat repeat, Func<Repeat, long> crossing)
    {
        var (best, least) = (repeat, crossing(repeat));
        var first = repeat.Starts[0];
        for (var shift = 1; shift < Math.Min(repeat.Length, FarthestShift); shift++)
        {
            var offset = repeat.Length + shift - 1;
            if (!IsCandidate(first + offset) || !repeat.Starts.All(s => nodes.Agree(first, s, offset))) break;
            var shifted = repeat with { Starts = [.. repeat.Starts.Select(s => s + shift)] };
            if (crossing(shifted) is var values && values < least) (best, least) = (shifted, values);
        }
        return best;
    }
}
