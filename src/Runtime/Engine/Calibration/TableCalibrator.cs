using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Looks values up in a table that was made before.</summary>
public sealed class TableCalibrator(CalibrationTable table) : ICalibrator
{
    public Result<IReadOnlyDictionary<Value, ValueStatistics>> Observe(Model model, IReadOnlyList<Observation> values)
    {
        var found = new OrderedDictionary<Value, ValueStatistics>();
        foreach (var (value, _) in values)
        {
            if (!table.Values.TryGetValue(value.Name, out var seen)) return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Fail(Unknown(value));
            found[value] = seen;
        }
        return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Ok(found);
    }

    public Result<IReadOnlyDictionary<Value, double[]>> SecondMoments(Model model, IReadOnlyList<Value> values) =>
        Result<IReadOnlyDictionary<Value, double[]>>.Fail(NeedsSamples(values));

    public Result<IReadOnlyDictionary<Value, float[]>> Rows(Model model, IReadOnlyList<Value> values, int most, int run = 1) =>
        Result<IReadOnlyDictionary<Value, float[]>>.Fail(NeedsSamples(values));

    static Diagnostic NeedsSamples(IReadOnlyList<Value> values) => Unknown(values[0]).WithHelp("this method needs `--data`");

    static Diagnostic Unknown(Value value) => Diagnostic.Create(Descriptors.NotInTable, ModelLocation.Of(value.Graph.Model), value.Name);
}
