using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>Runs data once for a model and all of its copies.</summary>
sealed class RememberingCalibrator(ICalibrator inner) : ICalibrator
{
    readonly Dictionary<(int, int, string, int?), ValueStatistics> statistics = [];
    readonly Dictionary<(int, int, string), double[]> moments = [];
    NodeOrder? order;

    /// <summary>Says where the nodes of the copy that comes next are, before it is changed.</summary>
    public void Expect(NodeOrder copy) => order = copy;

    public Result<IReadOnlyDictionary<Value, ValueStatistics>> Observe(Model model, IReadOnlyList<Observation> values)
    {
        var missing = values.Where(v => Key(v) is not { } key || !statistics.ContainsKey(key)).ToList();
        var fresh = missing.Count > 0 ? inner.Observe(model, missing) : null;
        if (fresh is { IsOk: false }) return fresh;
        foreach (var observation in missing)
            if (Key(observation) is { } key && fresh?.Value!.TryGetValue(observation.Value, out var seen) == true) statistics[key] = seen;
        var found = new Dictionary<Value, ValueStatistics>();
        foreach (var observation in values)
            if (Key(observation) is { } key && statistics.TryGetValue(key, out var seen)) found[observation.Value] = seen;
            else if (fresh?.Value!.TryGetValue(observation.Value, out var made) == true) found[observation.Value] = made;
        return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Ok(found);
    }

    public Result<IReadOnlyDictionary<Value, double[]>> SecondMoments(Model model, IReadOnlyList<Value> values)
    {
        var missing = values.Where(v => order?.PlaceOf(v) is not { } key || !moments.ContainsKey(key)).ToList();
        var fresh = missing.Count > 0 ? inner.SecondMoments(model, missing) : null;
        if (fresh is { IsOk: false }) return fresh;
        foreach (var value in missing)
            if (order?.PlaceOf(value) is { } key && fresh?.Value!.TryGetValue(value, out var seen) == true) moments[key] = seen;
        var found = new Dictionary<Value, double[]>();
        foreach (var value in values)
            if (order?.PlaceOf(value) is { } key && moments.TryGetValue(key, out var seen)) found[value] = seen;
            else if (fresh?.Value!.TryGetValue(value, out var made) == true) found[value] = made;
        return Result<IReadOnlyDictionary<Value, double[]>>.Ok(found);
    }

    public Result<IReadOnlyDictionary<Value, float[]>> Rows(Model model, IReadOnlyList<Value> values, int most, int run = 1) => inner.Rows(model, values, most, run);

    (int, int, string, int?)? Key(Observation observation) =>
        order?.PlaceOf(observation.Value) is var (place, index, name) ? (place, index, name, observation.ChannelAxis) : null;
}
