using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Products of integers: the input is quantized to unsigned 8 bits when the model runs, with one scale for the tensor. ONNX Runtime fuses the nodes
/// that are written to <c>DynamicQuantizeMatMul</c>.
/// </summary>
sealed class DynamicQuantizer(Quantize.Options options, PassContext cx)
{
    // `DynamicQuantizeLinear` came with version 11.
    const int OldestOpset = 11;

    const float MostCode = 127;
    const float LeastScale = 1e-30f;

    readonly Dictionary<(Value Weight, bool IsTransposed, float Alpha), (QuantizedMatrix Matrix, Dictionary<string, Value> Stored)> rounded = [];

    public void Run(Model model)
    {
        foreach (var node in model.Bodies().ToList().SelectMany(b => b.Nodes.ToList()))
        {
            if (!WeightSite.IsProduct(node) || !cx.Selects(node)) continue;
            var (site, reason) = WeightSite.Read(node, options.Least);
            reason ??= site!.Data.Element != ElementType.Float ? "ONNX Runtime quantizes only float32 when the model runs"
                : node.Graph.Opsets[""] < OldestOpset ? "`DynamicQuantizeLinear` is there since opset 11: run `convert-opset` before"
                : null;
            if (reason is not null) cx.Skip(reason);
            else Quantize(site!);
        }
    }

    void Quantize(WeightSite site)
    {
        var key = (site.Weight, site.IsTransposed, site.Alpha);
        if (!rounded.TryGetValue(key, out var weight))
        {
            // Weights are signed and symmetric, or unsigned with a zero point, as they would be for `DequantizeLinear`.
            WeightGrid? grid = new IntegerGrid(8, !options.HasZero(), roundFirst: true);
            if (options.PerTensor) grid = BlockQuantizer.Common(site.Matrix, grid);
            if (grid is null || BlockQuantizer.Run(site.Matrix, 0, grid) is not { } matrix)
            {
                cx.Skip("a weight is not finite");
                return;
            }
            rounded[key] = weight = (matrix, []);
        }
        if (!cx.TryStep(site.Node, "quantize")) return;
        Write(site, weight.Matrix, weight.Stored);
        ValueStore.RemoveUnused(site.Weight);
    }

    void Write(WeightSite site, QuantizedMatrix matrix, Dictionary<string, Value> stored)
    {
        var node = site.Node;
        var type = StoredWeights.PlainType(options.Weights, options.HasZero());
        var codes = Stored("codes", () => StoredWeights.PlainCodes(matrix, type, isTransposed: true));
        var scales = Stored("scales", () => StoredWeights.PlainScales(matrix, ElementType.Float, true, options.PerTensor));
        var zeros = matrix.Zeros is null ? null : Stored("zeros", () => StoredWeights.PlainZeros(matrix, type, true, options.PerTensor)!);

        var builder = new GraphBuilder(node.Graph, node, "quantize");
        var input = options.Activations == ActivationType.DynamicInt8 ? Signed(builder, site.Input) : [.. builder.Node(new OpId("", "DynamicQuantizeLinear"), [site.Input], 3).Outputs];
        List<Value?> factors = [input[0], codes, input[2], zeros];
        while (factors[^1] is null) factors.RemoveAt(factors.Count - 1);
        var product = builder.Op("Cast", [builder.Op("MatMulInteger", [.. factors])], ("to", (long)ElementType.Float));
        var scale = builder.Op("Mul", [input[1], scales]);
        if (site.Bias is null) node.ReplaceBy("Mul", [product, scale]);
        else node.ReplaceBy("Add", [builder.Op("Mul", [product, scale]), site.Bias]);

        // Codes, scale and zero point, which is left out; an input of nothing but zeros has a scale all the same.
        static Value?[] Signed(GraphBuilder builder, Value x)
        {
            var most = builder.Op("ReduceMax", [builder.Op("Abs", [x])], ("keepdims", 0L));
            var scale = builder.Op("Max", [builder.Op("Mul", [most, builder.Constant(TensorData.Scalar(1 / MostCode))]), builder.Constant(TensorData.Scalar(LeastScale))]);
            return [builder.Op("QuantizeLinear", [x, scale, builder.Constant(TensorData.Of<sbyte>(ElementType.Int8, [], [0]))]), scale, null];
        }

        Value Stored(string role, Func<TensorData> make) => ValueStore.Get(stored, site.Weight, role, make);
    }
}
