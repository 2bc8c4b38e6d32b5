using Onnxc.Calibration;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Passes.Experts;

/// <summary>What layers of experts do on the user's data, seen on a copy of the model with nodes that count.</summary>
static class ExpertObservation
{
    /// <summary>Nodes of experts that data show: those of the main graph, in order.</summary>
    public static List<Node> Layers(Model model) => [.. model.Main.Nodes.Where(n => ExpertForm.Of(n) is not null)];

    /// <summary>For each layer and expert the share of tokens that chose it.</summary>
    public static List<double[]> Loads(Model model, ICalibrator calibrator) =>
        Observe(model, calibrator, (builder, layer) => builder.Op("Cast", [builder.Op("Cast", [layer.Weights], ("to", (long)ElementType.Bool))], ("to", (long)ElementType.Float)))
            .ConvertAll(s => s?.Channels is { } channels ? Enumerable.Range(0, channels.Count).Select(channels.Mean).ToArray() : []);

    /// <summary>For each layer the mean cosine of its input and output, token by token; NaN where they have different widths.</summary>
    public static List<double> Cosines(Model model, ICalibrator calibrator) =>
        Observe(model, calibrator, (builder, layer) =>
        {
            if (layer.Inputs != layer.Outputs) return null;
            var last = builder.Int64s(-1);
            var (x, y) = (layer.Input, builder.Graph.Nodes.First(n => ExpertForm.Of(n) is not null && ReferenceEquals(n.Input(1), layer.Weights)).Output);
            Value Sum(Value a, Value b) => builder.Op("ReduceSum", [builder.Op("Mul", [a, b]), last], ("keepdims", 0L));
            return builder.Op("Div", [Sum(x, y), builder.Op("Sqrt", [builder.Op("Mul", [Sum(x, x), Sum(y, y)])])]);
        }).ConvertAll(s => s?.Mean ?? double.NaN);

    static List<ValueStatistics?> Observe(Model model, ICalibrator calibrator, Func<GraphBuilder, ExpertLayer, Value?> count)
    {
        var copy = ModelReader.Read(ModelWriter.ToBytes(model)).OrThrow();
        var builder = new GraphBuilder(copy.Main, null, "observed");
        var values = Layers(copy).ConvertAll(n => ExpertLayer.Read(n) is { } layer ? count(builder, layer) : null);
        var seen = calibrator.Observe(copy, [.. values.OfType<Value>().Select(v => new Observation(v, -1))]).OrThrow();
        return values.ConvertAll(v => v is null ? null : seen.GetValueOrDefault(v));
    }
}
