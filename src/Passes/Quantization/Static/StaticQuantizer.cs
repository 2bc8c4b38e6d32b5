using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Convert;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Puts <c>QuantizeLinear</c> and <c>DequantizeLinear</c> where ONNX Runtime makes integer kernels of them (see <see cref="StaticPlan"/>), with
/// ranges that come from data. A model of an older opset is upgraded for it.
/// </summary>
sealed class StaticQuantizer(Model model, PassContext cx, Quantize.Options options)
{
    readonly ActivationGrid grid = ActivationGrid.Of(options.Activations)!.Value;

    // Made by this pass: the dequantized forms of values, for all of their consumers or for weighted ones only.
    readonly HashSet<Value> replaced = [];
    readonly Dictionary<Value, Value> beside = [];
    readonly Dictionary<Value, (float Scale, long ZeroPoint)> parameters = [];

    // Means of the channels of inputs, where biases are corrected.
    readonly Dictionary<Value, double[]> means = [];

    // Weights that several nodes share are quantized once.
    readonly Dictionary<(Value, Value?), (QuantizedWeights Weights, Value Dequantized)> weights = [];

    // Per-channel scales came with 13, 16-bit integers with 21.
    int OldestOpset => options.Activations is ActivationType.Int16 or ActivationType.Uint16 ? 21 : 13;

    /// <summary>Null, or why nothing can be done.</summary>
    public Diagnostic? Run()
    {
        if (cx.Calibrator is not { } calibrator) return Diagnostic.Create(Descriptors.QuantizationNeedsData, ModelLocation.Of(model));
        cx.InferTypes(model);
        var plan = Plan(skip: true);
        if (plan.Steps.Count == 0) return null;
        if (model.Opsets[""] < OldestOpset)
        {
            new ConvertOpset(new() { To = OldestOpset }).Run(model, cx);
            if (cx.Diagnostics.Any(d => d.IsError)) return null;
            plan = Plan(skip: false);
        }
        // Inputs of convolutions have their channels in the second axis, all others in the last one.
        var channels = options.CorrectBias ? plan.Steps.Where(s => s.Input is not null).DistinctBy(s => s.Input).ToDictionary(s => s.Input!, s => s.Node.Op.Is("Conv") ? 1 : -1) : [];
        var values = plan.Observed.Union(channels.Keys).OrderBy(v => v.Id);
        var observed = calibrator.Observe(model, [.. values.Select(v => new Observation(v, channels.TryGetValue(v, out var axis) ? axis : null))]);
        if (!observed.IsOk) return observed.Diagnostics[0];
        foreach (var (value, seen) in observed.Value)
        {
            parameters[value] = Parameters(seen);
            if (channels.ContainsKey(value) && seen.Channels is { } each) means[value] = [.. Enumerable.Range(0, each.Count).Select(each.Mean)];
        }
        foreach (var step in plan.Steps) Apply(plan, step);
        return null;
    }

    // Weights are looked at once, not each time that the plan asks.
    StaticPlan Plan(bool skip)
    {
        var wanted = new HashSet<Node>();
        foreach (var node in model.AllNodes().Where(n => Roles.Of(n) == Role.Weighted && cx.Selects(n)))
            if (Obstacle(node) is not { } reason) wanted.Add(node);
            else if (skip) cx.Skip(reason);
        return new(model.Main, wanted.Contains);
    }

    string? Obstacle(Node node) => node.Graph == model.Main ? QuantizedWeights.Obstacle(node) : "it lies in a body, whose values are not observed";

    (float, long) Parameters(ValueStatistics seen)
    {
        var (least, most) = RangeChooser.Choose(seen, options.Range, grid.Levels, symmetric: false);
        return grid.Fit(least, most);
    }

    void Apply(StaticPlan plan, StaticPlan.Step step)
    {
        var node = step.Node;
        if (step.Input is { } planned)
        {
            var range = plan.RangeOf(planned);
            if (!parameters.TryGetValue(range, out var input) || (step.Range is { } r && !parameters.ContainsKey(r)))
            {
                cx.Skip("an activation is not observed");
                return;
            }
            if (!cx.TryStep(node, $"quantize {node.Op.Name} with {grid.Element.Name()} activations")) return;
            QuantizeNode(node, input, planned);
        }
        // What comes before it was left alone.
        else if (!node.Inputs.Take(Roles.Of(node) == Role.Moves ? 1 : node.InputCount).All(x => x is null || replaced.Contains(x))) return;
        if (step.Result is { } result && parameters.TryGetValue(step.Range!, out var output)) Replace(result, output);
    }

    void QuantizeNode(Node node, (float Scale, long ZeroPoint) input, Value observed)
    {
        var x = node.Input(0)!;
        var builder = new GraphBuilder(node.Graph, node, "quantized");
        if (!replaced.Contains(x))
        {
            if (!beside.TryGetValue(x, out var form)) beside[x] = form = Pair(builder, x, input);
            node.SetInput(0, form);
        }
        var bias = node.Input(2);
        if (!weights.TryGetValue((node.Input(1)!, bias), out var known))
        {
            var quantized = QuantizedWeights.Of(node, input.Scale, options.SaturationSafe);
            known = (quantized, Dequantize(builder, quantized.Codes, quantized.Scales, quantized.Axis));
            weights[(node.Input(1)!, bias)] = known;
        }
        var weight = node.Input(1)!;
        var data = options.CorrectBias ? CorrectedBias(node, known.Weights, observed) : bias?.Constant;
        node.SetInput(1, known.Dequantized);
        // Otherwise the floats would stay in the file beside the integers.
        ValueStore.RemoveUnused(weight);
        if (data is null) return;
        var scales = Array.ConvertAll(known.Weights.Scales, s => s * input.Scale);
        var codes = new int[scales.Length];
        var values = data.ToArray<float>();
        for (var i = 0; i < codes.Length; i++) codes[i] = (int)Math.Clamp(Math.Round((double)values[i] / scales[i]), -int.MaxValue, int.MaxValue);
        while (node.InputCount < 3) node.AddInput(null);
        node.SetInput(2, Dequantize(builder, TensorData.Of<int>(ElementType.Int32, [codes.Length], codes), scales, 0));
        if (bias is not null) ValueStore.RemoveUnused(bias);
    }

    // A plain product has no bias, and an addition would cost more than it mends.
    TensorData? CorrectedBias(Node node, QuantizedWeights quantized, Value observed)
    {
        var bias = node.Input(2)?.Constant;
        if (node.Op.Is("MatMul")) return null;
        if (!means.TryGetValue(observed, out var mean) || quantized.Shift(node.Input(1)!.Constant!, mean) is not { } shift)
        {
            cx.Skip("the data do not show the means of its channels, which correct a bias");
            return bias;
        }
        var values = bias?.ToArray<float>() ?? new float[shift.Length];
        return TensorData.Floats([.. values.Zip(shift, (b, s) => (float)(b - s))]);
    }

    // Every consumer sees the quantized form, and an output of the model as well.
    void Replace(Value value, (float Scale, long ZeroPoint) parameters)
    {
        var builder = new GraphBuilder(value.Graph, value.Producer!.NextNode, "quantized");
        var form = Pair(builder, value, parameters);
        var quantize = form.Producer!.Input(0)!.Producer!;
        value.ReplaceAllUsesWith(form);
        quantize.SetInput(0, value);
        replaced.Add(form);
    }

    Value Pair(GraphBuilder builder, Value value, (float Scale, long ZeroPoint) parameters)
    {
        var (scale, zero) = (builder.Constant(TensorData.Scalar(parameters.Scale)), builder.Constant(grid.Scalar(parameters.ZeroPoint)));
        return builder.Op("DequantizeLinear", [builder.Op("QuantizeLinear", [value, scale, zero]), scale, zero]);
    }

    static Value Dequantize(GraphBuilder builder, TensorData codes, float[] scales, int axis)
    {
        var zeros = TensorData.Of<byte>(codes.Element, [scales.Length], new byte[scales.Length * codes.Element.BitWidth() / 8]);
        return builder.Op("DequantizeLinear", [builder.Constant(codes), builder.Constant(TensorData.Floats(scales)), builder.Constant(zeros)], ("axis", (long)axis));
    }
}
