using System.Globalization;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Pipelines;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Finds which nodes to leave alone so that an approximate pass keeps the gates. Where the whole loses too much, every change is measured by itself,
/// and those that deviate most are left out, as few as will do, by bisection over their order; the joint result is measured each time. Where the rest
/// is not fast enough, parts of it are timed, and the fastest is taken, or none.
/// </summary>
sealed class PrecisionSearch
{
    // Beyond so many, neighbours are measured together.
    const int MostTrials = 160;
    const int FewSamples = 32;

    readonly PassContext cx;
    readonly IModelMeter meter;
    readonly QualityGates gates;
    readonly Action<Model, PassContext> change;
    readonly Model model;
    readonly TrialModels trials;
    double ratio = double.NaN;

    /// <param name="change">What the pass does to a model with what a context selects.</param>
    public PrecisionSearch(Model model, PassContext cx, IModelMeter meter, QualityGates gates, Action<Model, PassContext> change)
    {
        (this.cx, this.meter, this.gates, this.change) = (cx, meter, gates, change);
        this.model = model;
        trials = new TrialModels(model, cx);
    }

    // A copy in which some nodes were changed, their operators by place, and, measured once, how far it deviates; null when it does not run.
    sealed record Trial(Model Model, IReadOnlyDictionary<int, string> Changed, Lazy<Deviation?> Deviation);

    /// <summary>Narrows the context to what keeps the gates.</summary>
    public void Run()
    {
        var whole = Try(_ => true);
        if (whole.Changed.Count == 0) return;
        if (meter.Prepare(trials.Reference) is { } failure)
        {
            cx.Report(Diagnostic.Create(Descriptors.NotMeasured, null, cx.Pass, failure.Message));
            return;
        }
        var kept = whole;
        if (!Allowed(whole))
        {
            var sorted = BySensitivity(whole);
            var reverted = sorted.Take(FewestToRevert(sorted)).SelectMany(g => g).ToHashSet();
            foreach (var _ in reverted) cx.Skip("loses too much accuracy");
            kept = Without(reverted, whole);
        }
        if (kept.Changed.Count > 0) kept = FastEnough(kept);
        if (kept is { Changed.Count: > 0, Deviation.Value: { } measured }) cx.Report(Diagnostic.Create(Descriptors.Measured, null, cx.Pass, Describe(measured)));
        cx.Narrowing = node => trials.PlaceOf(node) is { } place && (kept.Changed.ContainsKey(place) || !whole.Changed.ContainsKey(place));
        if (kept.Changed.Count < whole.Changed.Count) cx.Resolved = kept.Changed.Count == 0 ? "" : ResolvedStep.Of(cx.Configuration, model, [.. model.AllNodes().Where(n => trials.PlaceOf(n) is { } p && kept.Changed.ContainsKey(p))]);
        trials.Finish();

        Trial Without(HashSet<int> reverted, Trial all) => Try(p => all.Changed.ContainsKey(p) && !reverted.Contains(p));

        int FewestToRevert(List<List<int>> sorted)
        {
            var (lost, enough) = (0, sorted.Count);
            while (enough - lost > 1)
            {
                var middle = (lost + enough) / 2;
                if (Allowed(Without([.. sorted.Take(middle).SelectMany(g => g)], whole))) enough = middle;
                else lost = middle;
            }
            return enough;
        }
    }

    // What does not even run is not allowed either.
    bool Allowed(Trial trial) => trial.Deviation.Value is { } measured && gates.Allow(measured);

    string Describe(Deviation measured)
    {
        var facts = new List<string>();
        if (measured.Drop is { } drop) facts.Add(string.Create(CultureInfo.InvariantCulture, $"{drop:p2} of right answers lost, {measured.Agreement:p1} of choices kept"));
        if (measured.Accuracy is { } accuracy) facts.Add(string.Create(CultureInfo.InvariantCulture, $"accuracy {accuracy.Reference:p2} -> {accuracy.Candidate:p2}"));
        if (measured.Error is { } error) facts.Add(string.Create(CultureInfo.InvariantCulture, $"relative error {error:0.###}"));
        if (double.IsFinite(ratio)) facts.Add(string.Create(CultureInfo.InvariantCulture, $"{1 / ratio:0.00} times as fast"));
        return string.Join(", ", facts);
    }

    Trial Try(Func<int, bool> wanted)
    {
        var (copy, changed) = trials.Make((wanted, change));
        return new(copy, changed, new(() => meter.Measure(trials.Reference, copy).Value));
    }

    // Groups of changes, those that deviate most first.
    List<List<int>> BySensitivity(Trial whole)
    {
        var size = (whole.Changed.Count + MostTrials - 1) / MostTrials;
        var groups = whole.Changed.Keys.Chunk(size).Select(c => c.ToList()).ToList();
        var divergence = new double[groups.Count];
        for (var i = 0; i < groups.Count; i++)
        {
            var group = groups[i].ToHashSet();
            var measured = meter.Measure(trials.Reference, Try(group.Contains).Model, FewSamples);
            divergence[i] = measured is { IsOk: true, Value.Divergence: var d } && !double.IsNaN(d) ? d : double.PositiveInfinity;
        }
        return [.. groups.Select((g, i) => (Group: g, Index: i)).OrderByDescending(g => divergence[g.Index]).ThenBy(g => g.Index).Select(g => g.Group)];
    }

    // The fastest of the whole and its parts, or nothing.
    Trial FastEnough(Trial whole)
    {
        var (best, fastest) = (whole, double.PositiveInfinity);
        foreach (var part in Parts(whole))
        {
            var timed = meter.Compare(trials.Reference, part.Model);
            if (!timed.IsOk) continue;
            if (timed.Value.Ratio < fastest) (best, fastest) = (part, timed.Value.Ratio);
            ratio = fastest;
            // The whole, when it is fast enough, saves most.
            if (part == whole && fastest * gates.MinSpeedup <= 1) return whole;
        }
        if (fastest * gates.MinSpeedup <= 1)
        {
            for (var i = best.Changed.Count; i < whole.Changed.Count; i++) cx.Skip("would not make the model faster");
            return best;
        }
        var reason = gates.MinSpeedup > 1 ? FormattableString.Invariant($"would not make the model {gates.MinSpeedup:0.##} times as fast") : "would not make the model faster";
        foreach (var _ in whole.Changed) cx.Skip(reason);
        return Try(_ => false);
    }

    // Which kinds of nodes gain depends on the processor.
    IEnumerable<Trial> Parts(Trial whole)
    {
        yield return whole;
        var kinds = whole.Changed.Values.Distinct().Order(StringComparer.Ordinal).ToList();
        if (kinds.Count == 1) yield break;
        foreach (var kind in kinds) yield return Try(p => whole.Changed.GetValueOrDefault(p) == kind);
    }
}
