using System.Globalization;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

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
    readonly byte[] bytes;
    readonly Model reference;
    readonly NodeOrder order;
    readonly RememberingCalibrator? calibrator;
    double ratio = double.NaN;

    /// <param name="change">What the pass does to a model with what a context selects.</param>
    public PrecisionSearch(Model model, PassContext cx, IModelMeter meter, QualityGates gates, Action<Model, PassContext> change)
    {
        (this.cx, this.meter, this.gates, this.change) = (cx, meter, gates, change);
        bytes = ModelWriter.ToBytes(model);
        reference = ModelReader.Read(bytes).OrThrow();
        order = new NodeOrder(model);
        calibrator = cx.Calibrator is { } inner ? new RememberingCalibrator(inner) : null;
    }

    sealed record Trial(Model Model, IReadOnlyList<int> Changed, IReadOnlyDictionary<int, string> Names);

    /// <summary>Narrows the context to what keeps the gates.</summary>
    public void Run()
    {
        var whole = Try(_ => true);
        if (whole.Changed.Count == 0) return;
        if (meter.Prepare(reference) is { } failure)
        {
            cx.Report(Diagnostic.Create(Descriptors.NotMeasured, null, cx.Pass, failure.Message));
            return;
        }
        var kept = whole.Changed.ToHashSet();
        if (!Allowed(whole))
        {
            var sorted = BySensitivity(whole);
            var reverted = sorted.Take(FewestToRevert(sorted, kept)).SelectMany(g => g).ToList();
            kept.ExceptWith(reverted);
            foreach (var _ in reverted) cx.Skip("loses too much accuracy");
        }
        if (kept.Count > 0) kept = FastEnough(whole, kept);
        if (kept.Count > 0) Report(kept);
        cx.Narrowing = node => order.PlaceOf(node) is { } place && (kept.Contains(place) || !whole.Changed.Contains(place));
        calibrator?.Expect(order);
        cx.Calibrator = calibrator;
    }

    // What does not even run is not allowed either.
    bool Allowed(Trial trial) => meter.Measure(reference, trial.Model) is { IsOk: true, Value: var measured } && gates.Allow(measured);

    void Report(HashSet<int> kept)
    {
        if (meter.Measure(reference, Try(kept.Contains).Model) is not { IsOk: true, Value: var measured }) return;
        cx.Report(Diagnostic.Create(Descriptors.Measured, null, cx.Pass, Describe(measured)));
    }

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
        var copy = ModelReader.Read(bytes).OrThrow();
        var places = new NodeOrder(copy);
        calibrator?.Expect(places);
        var (changed, names) = (new List<int>(), new Dictionary<int, string>());
        var trial = cx.ForTrial(n => places.PlaceOf(n) is { } place && wanted(place) && cx.Selects(n), calibrator, n =>
        {
            if (places.PlaceOf(n) is not { } place) return;
            changed.Add(place);
            names[place] = n.Op.Name;
        });
        change(copy, trial);
        return new(copy, changed, names);
    }

    // Groups of changes, those that deviate most first.
    List<List<int>> BySensitivity(Trial whole)
    {
        var size = (whole.Changed.Count + MostTrials - 1) / MostTrials;
        var groups = whole.Changed.Chunk(size).Select(c => c.ToList()).ToList();
        var divergence = new double[groups.Count];
        for (var i = 0; i < groups.Count; i++)
        {
            var group = groups[i].ToHashSet();
            var measured = meter.Measure(reference, Try(group.Contains).Model, FewSamples);
            divergence[i] = measured is { IsOk: true, Value.Divergence: var d } && !double.IsNaN(d) ? d : double.PositiveInfinity;
        }
        return [.. groups.Select((g, i) => (Group: g, Index: i)).OrderByDescending(g => divergence[g.Index]).ThenBy(g => g.Index).Select(g => g.Group)];
    }

    int FewestToRevert(List<List<int>> sorted, HashSet<int> all)
    {
        var (lost, enough) = (0, sorted.Count);
        while (enough - lost > 1)
        {
            var middle = (lost + enough) / 2;
            var reverted = sorted.Take(middle).SelectMany(g => g).ToHashSet();
            if (Allowed(Try(p => all.Contains(p) && !reverted.Contains(p)))) enough = middle;
            else lost = middle;
        }
        return enough;
    }

    HashSet<int> FastEnough(Trial whole, HashSet<int> kept)
    {
        var parts = new List<HashSet<int>> { kept };
        // Which kinds of nodes gain depends on the processor.
        foreach (var kind in kept.Select(k => whole.Names[k]).Distinct().Order(StringComparer.Ordinal))
            parts.Add([.. kept.Where(k => whole.Names[k] == kind)]);
        var (best, fastest) = (kept, double.PositiveInfinity);
        foreach (var part in parts)
        {
            var timed = meter.Compare(reference, Try(part.Contains).Model);
            if (!timed.IsOk) continue;
            if (timed.Value.Ratio < fastest) (best, fastest) = (part, timed.Value.Ratio);
            // The whole, when it is fast enough, saves most.
            ratio = fastest;
            if (part == kept && fastest * gates.MinSpeedup <= 1) return kept;
            if (parts.Count == 2) break;
        }
        if (fastest * gates.MinSpeedup <= 1)
        {
            for (var i = best.Count; i < kept.Count; i++) cx.Skip("would not make the model faster");
            return best;
        }
        var reason = gates.MinSpeedup > 1 ? FormattableString.Invariant($"would not make the model {gates.MinSpeedup:0.##} times as fast") : "would not make the model faster";
        for (var i = 0; i < kept.Count; i++) cx.Skip(reason);
        return [];
    }
}
