using Onnxc.Calibration;
using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Serialization;

namespace Onnxc.Passes.Experts;

/// <summary>Finds the feed-forward networks of a model, and sees what they do on data.</summary>
static class PruneSites
{
    /// <summary>Networks of the main graph, in order.</summary>
    public static List<PruneSite> In(Model model, PassContext? cx)
    {
        var sites = new List<PruneSite>();
        foreach (var node in model.Main.Nodes)
        {
            if (ExpertForm.Of(node) is not null && ExpertLayer.Read(node) is { } layer) sites.Add(new(sites.Count, node, layer, null));
            else if (WeightSite.IsProduct(node) && ExpertNetwork.Of(node.Output).Network is { } network && network.Up.Weight.Dims.Length == 2 && !IsLinear(network))
            {
                if (Obstacle(network) is { } reason) cx?.Skip(reason);
                else sites.Add(new(sites.Count, node, null, network));
            }
        }
        return sites;
    }

    // Two products behind each other are no network: nothing says that the channels between them are many.
    static bool IsLinear(ExpertNetwork network) => network.Form.Activation == ExpertActivation.Identity;

    static string? Obstacle(ExpertNetwork network)
    {
        LinearMap[] maps = network.Gate is null ? [network.Up, network.Down] : [network.Gate, network.Up, network.Down];
        if (maps.Any(m => m.Columns is not null || !ReferenceEquals(m.Node.Input(1), m.Source))) return "gate and up are one matrix, or a matrix is turned by a node";
        if (maps.Any(m => m.Source.UseCount > 1 || m.BiasAt is var (node, slot) && node.Input(slot)!.UseCount > 1)) return "a weight is used elsewhere";
        return maps.Any(m => m.Source.Producer is not null) || maps[..^1].Any(m => m.BiasData is { } bias && bias.ElementCount != m.Outputs) ? "a weight has a strange form" : null;
    }

    /// <summary>
    /// For each network the angle between what enters its block and what leaves it, summed over tokens, NaN where nothing is added to it; and for each
    /// expert the norms of the hidden channels.
    /// </summary>
    public static (List<double> Importance, List<List<double[]?>> Activations) Observe(Model model, ICalibrator calibrator)
    {
        var copy = ModelReader.Read(ModelWriter.ToBytes(model)).OrThrow();
        var (angles, squares) = (new List<Value?>(), new List<List<Value>>());
        foreach (var site in In(copy, null))
        {
            angles.Add(Angle(site.Node.Output));
            if (site.Layer is { } layer)
            {
                var hidden = new List<Value>();
                var result = GroupedForm.Write(layer, new GraphBuilder(copy.Main, site.Node, "observed"), (_, made) => hidden.Add(made[^1].Input(0)!));
                copy.Main.Substitute(site.Node.Output, result);
                squares.Add(hidden.ConvertAll(h => Square(h, site.Node)));
            }
            else squares.Add([Square(site.Network!.Down.Input, site.Network.Down.Node)]);
        }
        List<Observation> wanted = [.. angles.OfType<Value>().Select(v => new Observation(v)), .. squares.SelectMany(s => s).Select(v => new Observation(v, -1))];
        var seen = calibrator.Observe(copy, wanted).OrThrow();
        return (angles.ConvertAll(a => a is not null && seen.GetValueOrDefault(a) is { } s ? s.Sum.Value : double.NaN),
            squares.ConvertAll(s => s.ConvertAll(v => seen.GetValueOrDefault(v)?.Channels is { } c ? Enumerable.Range(0, c.Count).Select(j => Math.Sqrt(c.Sums[j].Value)).ToArray() : null)));

        Value Square(Value value, Node place) => new GraphBuilder(copy.Main, place, "observed").Op("Mul", [value, value]);
    }

    /// <summary>The same where nothing is known of them: all activations count alike.</summary>
    public static (List<double> Importance, List<List<double[]?>> Activations) Unseen(List<PruneSite> sites) =>
        (sites.ConvertAll(_ => double.NaN), sites.ConvertAll(s => Enumerable.Range(0, s.Experts).Select(_ => (double[]?)Enumerable.Repeat(1.0, s.Width).ToArray()).ToList()));

    // The block adds the network's output to what it got.
    static Value? Angle(Value output)
    {
        var value = output;
        for (var left = 4; left > 0 && value.SingleUse is { Node: { } node, Slot: var slot } && ReferenceEquals(node.Graph, output.Graph); left--)
        {
            if (node.Op.Is("Add") && node.Input(1 - slot) is { Constant: null } residual)
            {
                var builder = new GraphBuilder(output.Graph, node.NextNode, "observed");
                var last = builder.Int64s(-1);
                Value Sum(Value a, Value b) => builder.Op("ReduceSum", [builder.Op("Mul", [a, b]), last], ("keepdims", 0L));
                var element = node.Output.ElementType ?? ElementType.Float;
                var cosine = builder.Op("Div", [Sum(residual, node.Output), builder.Op("Sqrt", [builder.Op("Mul", [Sum(residual, residual), Sum(node.Output, node.Output)])])]);
                var angle = builder.Op("Acos", [builder.Op("Clip", [cosine, builder.Number(element, -1), builder.Number(element, 1)])]);
                return builder.Op("Mul", [angle, builder.Number(element, (float)(1 / Math.PI))]);
            }
            value = node.Output;
        }
        return null;
    }
}
