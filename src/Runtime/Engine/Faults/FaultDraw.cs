using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Draws the bits that one trial hits. What is drawn for a site depends on nothing but the seed, the rate, the trial and its name, so that models which
/// share names suffer the same; only <see cref="FaultSampler.Exact"/> looks at the memory as a whole.
/// </summary>
static class FaultDraw
{
    /// <summary>Sites by their places in <paramref name="sites"/>, elements of each, and bits of these.</summary>
    public static IEnumerable<(int Site, long Element, int Bit)> Bits(FaultModel model, IReadOnlyList<FaultSite> sites, IReadOnlyList<int> targets, double rate, ulong seed, int trial)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{rate:R}/{trial}");
        var places = model.Sampler == FaultSampler.Exact ? OfWhole(model, sites, targets, rate, SplitMix.For(seed, key)) : targets.SelectMany(target =>
        {
            var random = SplitMix.For(seed, $"{key}/{sites[target].Name}");
            var count = Places(sites[target], model);
            return (model.Sampler == FaultSampler.Binomial ? FaultSample.Binomial(random, count, rate) : FaultSample.WithReplacement(random, count, rate)).Select(p => (target, p));
        });
        foreach (var (site, place) in places)
        {
            var width = sites[site].Element.BitWidth();
            yield return model.Bit is { } only ? (site, place, only) : (site, place / width, (int)(place % width));
        }
    }

    static IEnumerable<(int Site, long Place)> OfWhole(FaultModel model, IReadOnlyList<FaultSite> sites, IReadOnlyList<int> targets, double rate, SplitMix random)
    {
        var ends = new long[targets.Count];
        for (var i = 0; i < ends.Length; i++) ends[i] = (i == 0 ? 0 : ends[i - 1]) + Places(sites[targets[i]], model);
        var total = ends.Length == 0 ? 0 : ends[^1];
        foreach (var place in FaultSample.Distinct(random, total, (long)Math.Round(total * rate)))
        {
            var found = Array.BinarySearch(ends, place);
            // An end is the first place of the next site, and empty sites share theirs.
            var i = found < 0 ? ~found : found + 1;
            while (ends[i] <= place) i++;
            yield return (targets[i], place - (i == 0 ? 0 : ends[i - 1]));
        }
    }

    static long Places(FaultSite site, FaultModel model) => model.Bit is not { } bit ? site.Bits : bit < site.Element.BitWidth() ? site.ElementCount : 0;
}
