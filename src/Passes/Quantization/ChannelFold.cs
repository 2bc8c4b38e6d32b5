using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Quantization;

/// <summary>Multiplies channels of a value, its last axis, by changing constants of what makes it: the scale and bias of a normalization.</summary>
static class ChannelFold
{
    static readonly string[] Normalizations = ["LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"];

    /// <summary>False, and nothing changed, when another than <paramref name="consumers"/> sees the value, or no constants make its channels.</summary>
    public static bool TryFold(Value value, double[] factors, IReadOnlyCollection<Node> consumers)
    {
        if (value.IsGraphOutput || value.Uses.Any(u => u.Node is not { } node || !consumers.Contains(node) || u.Slot != 0)) return false;
        if (Constants(value, factors.Length) is not { } constants) return false;
        var scaled = new List<(Node Node, int Slot, TensorData Data)>();
        foreach (var (node, slot) in constants)
        {
            var data = node.Input(slot)!.Constant!;
            if (FloatingTensor.Write(data.Element, data.Dims, [.. FloatingTensor.Read(data).Zip(factors, (a, b) => a * b)]) is not { } product) return false;
            scaled.Add((node, slot, product));
        }
        foreach (var (node, slot, data) in scaled) ValueStore.Exchange(node, slot, data);
        return true;
    }

    // Inputs that hold one number for each channel, all of which have to be multiplied; null when that is not enough.
    static List<(Node Node, int Slot)>? Constants(Value value, int channels)
    {
        if (value.Producer is not { } node || !ReferenceEquals(node.Graph, value.Graph)) return null;
        if (node.Op.IsStandard && Normalizations.Contains(node.Op.Name))
        {
            if (!IsVector(node.Input(1), channels) || node.Input(1)!.Constant!.Dims.Length != 1 || node.Outputs.Skip(1).Any(o => o.HasUses)) return null;
            if (node.Input(2) is null) return [(node, 1)];
            return IsVector(node.Input(2), channels) ? [(node, 1), (node, 2)] : null;
        }
        if (!node.Op.Is("Mul") && !node.Op.Is("Add")) return null;
        var slot = IsVector(node.Input(1), channels) ? 1 : IsVector(node.Input(0), channels) ? 0 : -1;
        if (slot < 0) return null;
        if (node.Op.Is("Mul")) return [(node, slot)];
        // A bias stands behind a scale, which nothing else may see.
        return node.Input(1 - slot) is { UseCount: 1, IsGraphOutput: false, Producer: { } above } factor && above.Op.Is("Mul") && Constants(factor, channels) is { } scale
            ? [.. scale, (node, slot)]
            : null;
    }

    // One number for each channel of the last axis, for this node alone.
    static bool IsVector(Value? value, int channels) =>
        value is { UseCount: 1, Constant: { } data } && data is not SparseTensor && FloatingTensor.CanWrite(data.Element)
        && data.Dims.Length > 0 && data.Dims[^1] == channels && data.ElementCount == channels;
}
