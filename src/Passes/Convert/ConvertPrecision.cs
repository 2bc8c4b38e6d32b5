using System.Globalization;
using Onnxc.Calibration;
using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>
/// Computes in 16-bit floats, as GPUs do several times as fast. Inputs and outputs of the model and of bodies keep their types. What data show to
/// leave the range of float16 stays in float32, as does what a <c>where</c> leaves out.
/// </summary>
[Pass("convert-precision", "f(x) -> Cast(f(Cast(x))) in 16-bit floats; inputs and outputs stay as they are.", Numerics = Numerics.Approximate)]
public sealed class ConvertPrecision(ConvertPrecision.Options options) : ModelPass
{
    // Where sums of such numbers would still fit.
    const double Headroom = 0.5;

    public sealed record Options
    {
        [Option("Type to compute in.")] public Precision To { get; init; }
    }

    readonly ElementType half = options.To == Precision.Float16 ? ElementType.Float16 : ElementType.BFloat16;
    // What was computed in half and converted back; and what was made half for the nodes of a graph.
    readonly Dictionary<Value, Value> computed = [];
    readonly Dictionary<(Graph Graph, Value Value), Value> made = [];

    public override void Run(Model model, PassContext cx)
    {
        if (cx.InferTypes(model) is { } unknown)
        {
            cx.Skip(unknown);
            return;
        }
        var bodies = model.Bodies().Where(b => b.Function is null).ToList();
        var nodes = bodies.SelectMany(b => b.Nodes).Where(n => IsFloat(n) && cx.Selects(n)).ToList();
        var large = options.To == Precision.Float16 ? BeyondRange(model, nodes, cx) : [];
        foreach (var node in nodes)
            if ((large.Contains(node) ? "its numbers leave the range of float16" : HalfOperators.Obstacle(node)) is { } reason) cx.Skip(reason);
            else if (cx.TryStep(node, string.Create(CultureInfo.InvariantCulture, $"compute {node.Op.Name} in {half.Name()}"))) Convert(node);
        // Two conversions that follow each other cancel; what is left of the first has no use.
        foreach (var cast in bodies.SelectMany(b => b.Nodes).Where(n => n.Op.Is("Cast") && !n.Output.HasUses && n.Output.ElementType == ElementType.Float).ToList())
            cast.Graph.RemoveNode(cast);
        foreach (var weight in made.Keys.Select(k => k.Value).Distinct().Where(v => v is { IsInitializer: true, HasUses: false, IsGraphInput: false, Producer: null }).ToList())
            weight.Graph.RemoveInitializer(weight);
    }

    static bool IsFloat(Node node) =>
        node.Outputs.Any(o => o.Constant is null && o.ElementType == ElementType.Float) || (!node.Op.Is("Constant") && node.Inputs.Any(i => i?.ElementType == ElementType.Float));

    static HashSet<Node> BeyondRange(Model model, List<Node> nodes, PassContext cx)
    {
        var found = new HashSet<Node>();
        if (cx.Calibrator is not { } calibrator) return found;
        var outputs = nodes.Where(n => n.Graph == model.Main).SelectMany(n => n.Outputs).Where(o => o.ElementType == ElementType.Float && o.Constant is null).ToList();
        var observed = calibrator.Observe(model, [.. outputs.Select(o => new Observation(o))]);
        if (!observed.IsOk) return found;
        foreach (var (value, statistics) in observed.Value)
            if (Math.Max(Math.Abs(statistics.Least), Math.Abs(statistics.Most)) is var most && double.IsFinite(most) && most > Headroom * (double)Half.MaxValue) found.Add(value.Producer!);
        return found;
    }

    void Convert(Node node)
    {
        for (var slot = 0; slot < node.InputCount; slot++)
            if (node.Input(slot) is { ElementType: ElementType.Float } input && HalfOperators.TakesHalf(node, slot)) node.SetInput(slot, InHalf(input, node));
        if (node.Op.Is("Cast") && node.Attributes["to"] is IntAttribute { Value: (long)ElementType.Float }) node.SetAttribute("to", new IntAttribute((long)half));
        if (node.Op.Is("ConstantOfShape")) node.SetAttribute("value", new TensorAttribute(node.Attributes["value"] is TensorAttribute fill ? Round(fill.Value) : FloatingType.Write(half, [1], [0])));
        foreach (var output in node.Outputs)
        {
            if (output.ElementType != ElementType.Float || output.Name.Length == 0) continue;
            var type = output.TensorType!;
            var back = new GraphBuilder(node.Graph, node.NextNode, "precision").Op("Cast", [null], ("to", (long)ElementType.Float));
            back.SetType(type, output.TypeIsInferred);
            output.ReplaceAllUsesWith(back);
            back.Producer!.SetInput(0, output);
            output.SetType(new TensorType(half, type.Shape), inferred: true);
            computed[back] = output;
        }
    }

    // One conversion serves all nodes of a graph; it stands where the value first is needed.
    Value InHalf(Value value, Node user)
    {
        if (computed.TryGetValue(value, out var known) || made.TryGetValue((user.Graph, value), out known)) return known;
        var builder = new GraphBuilder(user.Graph, user, "precision");
        Value found;
        if (value.Constant is { } data && !value.IsGraphInput) found = builder.Constant(Round(data));
        else
        {
            found = builder.Op("Cast", [value], ("to", (long)half));
            found.SetType(new TensorType(half, value.Shape), inferred: true);
        }
        return made[(user.Graph, value)] = found;
    }

    // To the nearest finite number: a mask of -1e9 stays one.
    TensorData Round(TensorData data)
    {
        var values = new float[data.ElementCount];
        FloatingType.Read(data.Element, data.Bytes, values);
        if (half == ElementType.Float16)
            for (var i = 0; i < values.Length; i++)
                if (float.IsFinite(values[i])) values[i] = Math.Clamp(values[i], (float)Half.MinValue, (float)Half.MaxValue);
        return FloatingType.Write(half, data.Dims.AsSpan(), values);
    }
}
