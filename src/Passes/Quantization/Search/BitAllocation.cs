using System.Collections.Immutable;
using System.Globalization;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Pipelines;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Gives every weight a level, of which each has fewer bits than the one before. Steps down are sorted by what they cost for the bits that they save; as
/// many are taken as the joint result allows, found by bisection.
/// </summary>
sealed class BitAllocation(TrialModels trials, ImmutableArray<Quantize.Options> levels, IModelMeter? meter, QualityGates? gates)
{
    const int FewSamples = 32;
    const int FloatBits = 32;

    public double AverageBits { get; init; }

    public PrecisionPolicy Policy { get; init; }

    public int? PlaceOf(Node node) => trials.PlaceOf(node);

    // A weight that goes from one level to the next, -1 for float.
    readonly record struct Step(int Site, int To, double Cost);

    /// <summary>Levels by place, of the nodes that have one; null when nothing can be measured or nothing is left.</summary>
    public IReadOnlyDictionary<int, int>? Find(PassContext cx)
    {
        var lowest = trials.Make((_ => true, At(levels.Length - 1)));
        if (lowest.Changed.Count == 0) return null;
        if (meter?.Prepare(trials.Reference) is { } failure)
        {
            cx.Report(Diagnostic.Create(Descriptors.NotMeasured, null, cx.Pass, failure.Message));
            return null;
        }
        var reference = new NodeOrder(trials.Reference);
        var weights = trials.Reference.AllNodes().Where(n => lowest.Changed.ContainsKey(reference.PlaceOf(n)!.Value)).ToDictionary(n => reference.PlaceOf(n)!.Value);
        var steps = Sorted(weights);
        // With a wish for each weight, a step costs nothing until it is met.
        var taken = Policy == PrecisionPolicy.Amaq && AverageBits <= 0 ? steps.Count(s => s.Cost <= 0) : Enough(steps, weights);
        if (gates is not null && meter is not null && !Allowed(steps, taken))
        {
            var (good, bad) = (0, taken);
            while (bad - good > 1)
            {
                var middle = (good + bad) / 2;
                if (Allowed(steps, middle)) good = middle;
                else bad = middle;
            }
            taken = good;
        }
        var found = Assign(steps.Take(taken));
        foreach (var _ in weights.Keys.Except(found.Keys)) cx.Skip("loses too much accuracy");
        trials.Finish();
        cx.Report(Diagnostic.Create(Descriptors.PrecisionAssigned, null, Describe(found, weights)));
        return found.Count > 0 ? found : null;
    }

    Action<Model, PassContext> At(int level) => (model, cx) => Quantize.WeightsOf(model, cx, levels[level]);

    static long Numbers(Node node) => Math.Max(1, NodeProperties.Params(node));

    int BitsOf(int level) => level < 0 ? FloatBits : levels[level].Weights.Bits();

    // From all in float to all in the fewest bits. A step must not come before the one above it, so costs only rise along a weight.
    List<Step> Sorted(Dictionary<int, Node> weights)
    {
        var steps = new List<Step>();
        var importance = Policy == PrecisionPolicy.Amaq ? SigmoidBits.Importance(weights.ToDictionary(w => w.Key, w => OutlierScore.Of(w.Value))) : null;
        foreach (var (site, node) in weights)
        {
            if (importance is not null)
            {
                var wished = SigmoidBits.Of(importance[site], BitsOf(levels.Length - 1), BitsOf(0));
                steps.AddRange(levels.Select((_, level) => new Step(site, level, wished - BitsOf(level))));
                continue;
            }
            var (before, least) = (0.0, double.NegativeInfinity);
            var outliers = Policy == PrecisionPolicy.Outliers ? OutlierScore.Of(node) : 0;
            for (var level = 0; level < levels.Length; level++)
            {
                var error = ErrorOf(site, node, level, outliers);
                var saved = (BitsOf(level - 1) - BitsOf(level)) * (double)Numbers(node);
                least = Math.Max(least, (error - before) / saved);
                steps.Add(new(site, level, least));
                before = error;
            }
        }
        return [.. steps.OrderBy(s => s.Cost).ThenBy(s => s.Site).ThenBy(s => s.To)];
    }

    // In other units for each policy; only the order counts.
    double ErrorOf(int site, Node node, int level, double outliers)
    {
        if (Policy == PrecisionPolicy.Outliers) return outliers * Math.Pow(4, -BitsOf(level)) * Numbers(node);
        var measured = meter!.Measure(trials.Reference, trials.Make((p => p == site, At(level))).Model, FewSamples);
        return measured is { IsOk: true, Value.Divergence: var divergence } && !double.IsNaN(divergence) ? divergence : double.PositiveInfinity;
    }

    // How many steps it takes to the average that was asked for.
    int Enough(List<Step> steps, Dictionary<int, Node> weights)
    {
        if (AverageBits <= 0) return steps.Count;
        for (var taken = 0; taken <= steps.Count; taken++)
            if (Average(Assign(steps.Take(taken)), weights) <= AverageBits) return taken;
        return steps.Count;
    }

    static Dictionary<int, int> Assign(IEnumerable<Step> steps)
    {
        var found = new Dictionary<int, int>();
        foreach (var step in steps) found[step.Site] = step.To;
        return found;
    }

    bool Allowed(List<Step> steps, int taken)
    {
        var found = Assign(steps.Take(taken));
        var parts = Enumerable.Range(0, levels.Length).Select(level => ((Func<int, bool>)(p => found.TryGetValue(p, out var at) && at == level), At(level)));
        return meter!.Measure(trials.Reference, trials.Make(parts).Model) is { IsOk: true, Value: var measured } && gates!.Allow(measured);
    }

    double Average(Dictionary<int, int> found, Dictionary<int, Node> weights)
    {
        var (bits, count) = (0.0, 0.0);
        foreach (var (site, node) in weights)
        {
            var numbers = Numbers(node);
            bits += (double)numbers * BitsOf(found.GetValueOrDefault(site, -1));
            count += numbers;
        }
        return bits / count;
    }

    string Describe(Dictionary<int, int> found, Dictionary<int, Node> weights)
    {
        var counts = found.Values.CountBy(l => l).OrderBy(c => c.Key).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Value} of {KebabCase.Of(levels[c.Key].Weights.ToString())}"));
        var rest = weights.Count - found.Count;
        return string.Create(CultureInfo.InvariantCulture, $"{Average(found, weights):0.00} bits on average: {string.Join(", ", rest > 0 ? counts.Append(string.Create(CultureInfo.InvariantCulture, $"{rest} as they were")) : counts)}");
    }
}
