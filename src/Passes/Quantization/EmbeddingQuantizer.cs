using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Quantization;

/// <summary>Rows that a <c>Gather</c> picks from a constant table, as <c>com.microsoft::GatherBlockQuantized</c>.</summary>
static class EmbeddingQuantizer
{
    static readonly OpId Operator = new("com.microsoft", "GatherBlockQuantized");

    public static void Visit(Node node, Quantize.Options options, PassContext cx)
    {
        if (node.Input(0) is not { Constant: { Dims: [var rows, var columns] } data } weight || data is SparseTensor || !FloatingType.CanRead(data.Element)) return;
        if (Reason(node, options, data) is { } reason)
        {
            cx.Skip(reason);
            return;
        }
        // The operator has zero points of whole numbers, and no input that data could tell of.
        var integers = options with { Method = WeightMethod.Rtn, Form = WeightForm.Nbits };
        if (BlockQuantizer.Run(new WeightMatrix(data, false), integers.Extent(), integers.Grid(data.Element)) is not { } matrix)
        {
            cx.Skip("a weight is not finite");
            return;
        }
        if (!cx.TryStep(node, "quantize embedding")) return;
        var stored = new Dictionary<string, Value>();
        var bits = matrix.Grid.Bits;
        node.Graph.Import("com.microsoft", 1);
        List<Value?> inputs =
        [
            Stored("codes", new DenseTensor(ElementType.UInt8, [rows, columns * bits / 8], WithoutPadding(matrix))),
            node.Input(1),
            Stored("scales", StoredWeights.Scales(matrix, data.Element)),
        ];
        if (StoredWeights.PackedZeros(matrix) is { } zeros) inputs.Add(Stored("zeros", zeros));
        (string, AttributeValue)[] attributes = [("bits", bits), ("block_size", matrix.StorageBlock), ("gather_axis", 0), ("quantize_axis", 1)];
        node.ReplaceBy(Operator, [.. inputs], attributes.Select(a => KeyValuePair.Create(a.Item1, a.Item2)));
        ValueStore.RemoveUnused(weight);

        Value Stored(string role, TensorData tensor) => ValueStore.Get(stored, weight, role, () => tensor);
    }

    static string? Reason(Node node, Quantize.Options options, TensorData data)
    {
        if (node.Attributes.Int("axis", 0) is not (0 or -2)) return "the table is not gathered by rows";
        if (data.Dims[0] < options.Least || data.Dims[1] < options.Least) return "the table is small";
        if (options.Form == WeightForm.Portable) return "a quantized table has no portable form";
        if (!options.Weights.IsInteger()) return "no operator gathers small floats";
        if (data.Element is not (ElementType.Float or ElementType.Float16 or ElementType.BFloat16)) return "ONNX Runtime gathers no doubles from quantized tables";
        if (data.ElementCount > int.MaxValue) return "the table has more than 2³¹ elements";
        return data.Dims[1] * options.Weights.Bits() % 8 == 0 ? null : "a row does not fill its last byte";
    }

    // Rows are laid out in whole blocks, of which the operator has only what there is.
    static byte[] WithoutPadding(QuantizedMatrix matrix)
    {
        var (width, pitch) = (matrix.Columns * matrix.Grid.Bits / 8, matrix.Codes.Length / matrix.Rows);
        if (width == pitch) return matrix.Codes;
        var codes = new byte[matrix.Rows * width];
        for (var row = 0; row < matrix.Rows; row++) matrix.Codes.AsSpan(row * pitch, width).CopyTo(codes.AsSpan(row * width));
        return codes;
    }
}
