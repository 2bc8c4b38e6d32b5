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
        var input = builder.Node(new OpId("", "DynamicQuantizeLinear"), [site.Input], 3);
        List<Value?> factors = [input.Outputs[0], codes, input.Outputs[2]];
        if (zeros is not null) factors.Add(zeros);
        var product = builder.Op("Cast", [builder.Op("MatMulInteger", [.. factors])], ("to", (long)ElementType.Float));
        var scale = builder.Op("Mul", [input.Outputs[1], scales]);
        if (site.Bias is null) node.ReplaceBy("Mul", [product, scale]);
        else node.ReplaceBy("Add", [builder.Op("Mul", [product, scale]), site.Bias]);

        Value Stored(string role, Func<TensorData> make) => ValueStore.Get(stored, site.Weight, role, make);
    }
}
