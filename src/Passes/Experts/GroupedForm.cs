using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>
/// Products for each expert over the tokens that chose it. The tokens are sorted by expert once, by <c>NonZero</c> of the weights turned, and the results
/// weighted and added up once, instead of for each expert.
/// </summary>
static class GroupedForm
{
    // From there on `ScatterND` adds.
    const long OldestOpset = 16;

    public static string? Obstacle(ExpertLayer layer) =>
        layer.Up.Graph.Model.Opsets[""] is > 0 and < OldestOpset ? "the model's opset is older than 16: run `convert-opset` before" : null;

    public static Value Write(ExpertLayer layer, GraphBuilder builder) => Write(layer, builder, null);

    /// <param name="visit">Called with the nodes of the products of each expert: the gate's where there is one, up, down.</param>
    public static Value Write(ExpertLayer layer, GraphBuilder builder, Action<int, IReadOnlyList<Node>>? visit)
    {
        var (element, experts) = (layer.Element, layer.Experts);
        var byExpert = builder.Op("Transpose", [layer.Weights], ("perm", new long[] { 1, 0 }));
        var isChosen = builder.Op("Cast", [byExpert], ("to", (long)ElementType.Bool));
        var flat = builder.Int64s(-1);
        // Doubles count exactly, and ONNX Runtime adds them up with vectors, which it does not do for integers.
        var counts = builder.Op("Cast", [builder.Op("ReduceSum", [builder.Op("Cast", [isChosen], ("to", (long)ElementType.Double)), builder.Int64s(1)], ("keepdims", 0L))], ("to", (long)ElementType.Int64));
        var tokens = builder.Op("Gather", [builder.Op("NonZero", [isChosen]), builder.Constant(TensorData.Scalar(1L))], ("axis", 0L));
        var weights = builder.Op("Compress", [builder.Op("Reshape", [byExpert, flat]), builder.Op("Reshape", [isChosen, flat])]);
        var groups = builder.Node(new("", "Split"), [tokens, counts], experts, ("axis", 0L)).Outputs;

        var outputs = new Value[experts];
        for (var e = 0; e < experts; e++)
        {
            var input = builder.Op("Gather", [layer.Input, groups[e]], ("axis", 0L));
            var products = new List<Node>();
            var gate = layer.Gate is null ? null : Product(input, layer.Gate, layer.GateBias, e, products);
            var hidden = builder.Activate(layer.Form, element, gate, Product(input, layer.Up, layer.UpBias, e, products));
            outputs[e] = Product(hidden, layer.Down, layer.DownBias, e, products);
            visit?.Invoke(e, products);
        }
        var weighted = builder.Op("Mul", [builder.Op("Concat", outputs, ("axis", 0L)), builder.Op("Unsqueeze", [weights, flat])]);
        return builder.Op("ScatterND", [Zeros(), builder.Op("Unsqueeze", [tokens, flat]), weighted], ("reduction", "add"));

        Value Product(Value x, Value stack, Value? bias, int expert, List<Node> products)
        {
            var product = builder.Op("MatMul", [x, builder.Constant(ExpertTensor.Part(stack.Constant!, expert))]);
            products.Add(product.Producer!);
            return bias is null ? product : builder.Op("Add", [product, builder.Constant(ExpertTensor.Reshape(ExpertTensor.Part(bias.Constant!, expert), bias.Constant!.Dims[^1]))]);
        }

        Value Zeros()
        {
            var shape = layer.Outputs == layer.Inputs ? builder.Op("Shape", [layer.Input])
                : builder.Op("Concat", [builder.Op("Gather", [builder.Op("Shape", [layer.Input]), builder.Int64s(0)], ("axis", 0L)), builder.Int64s(layer.Outputs)], ("axis", 0L));
            return builder.Op("ConstantOfShape", [shape], ("value", FloatingType.Write(element, [1], [0])));
        }
    }
}
