using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Quantization;

/// <summary>Multiplies channels of a value, its last axis, by changing constants of what makes it.</summary>
static class ChannelFold
{
    /// <summary>False, and nothing changed, when another than <paramref name="consumers"/> sees the value, or no constants make its channels.</summary>
    public static bool TryFold(Value value, double[] factors, IReadOnlyCollection<Node> consumers)
    {
        if (value.IsGraphOutput || value.Uses.Any(u => u.Node is not { } node || !consumers.Contains(node) || u.Slot != 0)) return false;
        if (ChannelTrace.Of(value, factors.Length) is not { } constants) return false;
        var scaled = new List<(Node Node, int Slot, TensorData Data)>();
        foreach (var (node, slot, channelOf) in constants)
        {
            var data = node.Input(slot)!.Constant!;
            if (FloatingTensor.Write(data.Element, data.Dims, [.. FloatingTensor.Read(data).Select((a, i) => a * factors[channelOf(i)])]) is not { } product) return false;
            scaled.Add((node, slot, product));
        }
        foreach (var (node, slot, data) in scaled) ValueStore.Exchange(node, slot, data);
        return true;
    }
}
