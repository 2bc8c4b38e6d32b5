using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>Inputs of ONNX Runtime's nodes of experts that hold the matrices of one layer.</summary>
/// <param name="Scales">Null where weights are plain numbers.</param>
sealed record FusedMatrix(int Weights, int? Scales, int Bias, int? Zeros)
{
    public bool IsGiven(Node node) => node.Input(Weights) is not null;

    /// <summary>Matrices as [E, inputs, outputs]; null where they are not constant or not laid out as the operator says.</summary>
    public StackedMap? Read(Node node, Value input)
    {
        var element = input.ElementType!.Value;
        var rows = Scales is null ? node.Input(Weights)?.Constant : Numbers(node, element);
        if (rows is not { Dims.Length: 3 } || !ExpertTensor.IsSupported(rows) || rows.Element != element || rows.ElementCount == 0) return null;
        if (node.Input(Bias) is not { } offset) return new(ExpertTensor.Transpose(rows), null, null);
        if (offset.Constant is not { Dims: [var experts, var outputs] } bias || bias.Element != element || experts != rows.Dims[0] || outputs != rows.Dims[1]) return null;
        return new(ExpertTensor.Transpose(rows), ExpertTensor.Reshape(bias, experts, 1, outputs), null);
    }

    // (code - zero)·scale, [E, outputs, inputs]. Codes are packed along the inputs, low bits first.
    TensorData? Numbers(Node node, ElementType element)
    {
        if (node.Attributes.Int("expert_weight_bits", 4) is not { } attribute || (int)attribute is not ((2 or 4 or 8) and var bits) || node.Input(Weights)?.Constant is not { Element: ElementType.UInt8, Dims: [var experts, var rows, var bytes] } codes) return null;
        if (node.Input(Scales!.Value)?.Constant is not { } scales || !ExpertTensor.IsSupported(scales) || scales.Dims.Length is not (2 or 3) || scales.Dims[0] != experts || scales.Dims[1] != rows) return null;
        var (width, blocks) = ((int)bytes * 8 / bits, scales.Dims.Length == 3 ? (int)scales.Dims[2] : 1);
        var block = (int)(node.Attributes.Int("block_size") ?? 0) is var given and > 0 ? given : width;
        if (blocks * block != width || (long)experts * rows * width > int.MaxValue) return null;
        byte[]? zeros = null;
        if (node.Input(Zeros!.Value) is { } zero && (zeros = Unpacked(zero.Constant, bits, (int)experts, (int)rows, blocks)) is null) return null;

        var factors = new float[scales.ElementCount];
        FloatingType.Read(scales.Element, scales.Bytes, factors);
        var values = new float[experts * rows * width];
        var packed = codes.Bytes;
        for (var i = 0; i < values.Length; i++)
        {
            var group = i / width * blocks + i % width / block;
            values[i] = (Code(packed, i, bits) - (zeros is null ? 1 << (bits - 1) : zeros[group])) * factors[group];
        }
        return FloatingType.Write(element, [experts, rows, width], values);
    }

    // One zero point for each scale. Those of whole rows are packed along the rows, those of blocks along the blocks of a row.
    static byte[]? Unpacked(TensorData? data, int bits, int experts, int rows, int blocks)
    {
        var (outer, inner) = blocks == 1 ? (experts, rows) : (experts * rows, blocks);
        var length = (inner * bits + 7) / 8;
        if (data is not { Element: ElementType.UInt8 } || data.ElementCount != (long)outer * length) return null;
        var result = new byte[outer * inner];
        var bytes = data.Bytes;
        for (var i = 0; i < result.Length; i++) result[i] = (byte)Code(bytes.Slice(i / inner * length, length), i % inner, bits);
        return result;
    }

    static int Code(ReadOnlySpan<byte> bytes, int index, int bits)
    {
        var place = index * bits;
        return bytes[place / 8] >> (place % 8) & ((1 << bits) - 1);
    }
}
