namespace Onnxc.Runtime;

/// <summary>Draws the places of faults.</summary>
public static class FaultSample
{
    /// <summary>Every place of 0 to <paramref name="places"/> - 1 with probability <paramref name="rate"/>, in ascending order.</summary>
    public static IEnumerable<long> Binomial(SplitMix random, long places, double rate)
    {
        if (rate <= 0) yield break;
        // Gaps between hits are geometric.
        var scale = rate < 1 ? 1 / Math.Log(1 - rate) : 0;
        for (var place = -1L; ;)
        {
            var gap = Math.Floor(Math.Log(1 - random.Uniform()) * scale);
            if (gap >= places - place - 1) yield break;
            place += 1 + (long)gap;
            yield return place;
        }
    }

    /// <summary><paramref name="count"/> different places of 0 to <paramref name="places"/> - 1, in ascending order (Floyd's method).</summary>
    public static IEnumerable<long> Distinct(SplitMix random, long places, long count)
    {
        var drawn = new SortedSet<long>();
        for (var last = places - count; last < places; last++)
        {
            var place = random.Below(last + 1);
            if (!drawn.Add(place)) drawn.Add(last);
        }
        return drawn;
    }

    /// <summary>As many places as the toolbox hits in a tensor: <c>floor(places · rate)</c>, with replacement.</summary>
    public static IEnumerable<long> WithReplacement(SplitMix random, long places, double rate)
    {
        // 36,864 weights at 1e-6 are 1.179648 faults: one.
        for (var left = (long)Math.Floor(places * rate); left > 0; left--) yield return random.Below(places);
    }
}
