using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// <c>Conv(f(Conv(x, W₁, b₁)), W₂)</c> with f that scales with its input: channel i of W₁ and b₁ is divided, and what meets it in W₂ multiplied, by
/// <c>√(r₁ᵢ·r₂ᵢ)/r₂ᵢ</c>, after which both have the range <c>√(r₁ᵢ·r₂ᵢ)</c>.
/// </summary>
static class CrossLayerEqualization
{
    static readonly string[] Homogeneous = ["AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Identity", "LeakyRelu", "MaxPool", "Relu"];

    public static void Run(Graph graph, PassContext cx)
    {
        foreach (var second in graph.Nodes.Where(n => n.Op.Is("Conv")).ToList())
        {
            if (!cx.Selects(second) || Above(second) is not { } first) continue;
            var reason = first.Reason ?? Equalize(first.Node, second, cx);
            if (reason is not null) cx.Skip(reason);
        }
    }

    // The convolution above, with a reason when something between does not allow it; null when there is none.
    static (Node Node, string? Reason)? Above(Node second)
    {
        string? reason = null;
        for (var value = second.Input(0); value?.Producer is { } node; value = node.Input(0))
        {
            if (value.IsGraphOutput) reason = "an interior value is a graph output";
            else if (value.UseCount > 1) reason ??= "an interior value is used elsewhere";
            if (!ReferenceEquals(node.Graph, second.Graph)) return null;
            if (node.Op.Is("Conv")) return (node, reason);
            if (!node.Op.IsStandard || !Homogeneous.Contains(node.Op.Name)) return null;
        }
        return null;
    }

    static string? Equalize(Node first, Node second, PassContext cx)
    {
        if (first.Input(1) is not { Constant: { } before } || second.Input(1) is not { Constant: { } after }) return "the weights are not constant";
        if (Array.Exists([first.Input(1)!, second.Input(1)!, first.Input(2)], v => v is { UseCount: > 1 })) return "the weights are used elsewhere";
        var bias = first.Input(2);
        if (!IsWritable(before) || !IsWritable(after) || (bias is not null && (bias.Constant is not { } data || !IsWritable(data)))) return "the weights or the bias have a strange form";
        if (second.Attributes.Int("group", 1) is not { } group || group < 1) return "`group` is a parameter of the function";
        var channels = (int)before.Dims[0];
        // Weights of the second are [M, C/group, …]; group g of its outputs meets the inputs from g·C/group on.
        var (outputs, inputs) = ((int)after.Dims[0], (int)after.Dims[1]);
        if (inputs * group != channels || outputs % group != 0) return "the channels do not fit";

        var (w1, w2) = (FloatingTensor.Read(before), FloatingTensor.Read(after));
        var (size1, size2) = (w1.Length / Math.Max(1, channels), w2.Length / Math.Max(1, outputs * inputs));
        int Channel2(int i) => i / size2 / inputs / (outputs / (int)group) * inputs + i / size2 % inputs;
        var (r1, r2) = (new double[channels], new double[channels]);
        for (var i = 0; i < w1.Length; i++) r1[i / size1] = Math.Max(r1[i / size1], Math.Abs(w1[i]));
        for (var i = 0; i < w2.Length; i++) r2[Channel2(i)] = Math.Max(r2[Channel2(i)], Math.Abs(w2[i]));
        var factors = r1.Zip(r2, Factor).ToArray();
        if (Array.TrueForAll(factors, f => f == 1)) return "the ranges are equal already";

        for (var i = 0; i < w1.Length; i++) w1[i] /= factors[i / size1];
        for (var i = 0; i < w2.Length; i++) w2[i] *= factors[Channel2(i)];
        var offsets = bias is null ? null : FloatingTensor.Read(bias.Constant!);
        for (var i = 0; i < offsets?.Length; i++) offsets[i] /= factors[i];
        if (FloatingTensor.Write(before.Element, before.Dims, w1) is not { } new1 || FloatingTensor.Write(after.Element, after.Dims, w2) is not { } new2) return "a weight is not finite";
        var newBias = offsets is null ? null : FloatingTensor.Write(bias!.Constant!.Element, bias.Constant.Dims, offsets);
        if (offsets is not null && newBias is null) return "a weight is not finite";
        if (!cx.TryStep(second, "equalize")) return null;
        ValueStore.Exchange(first, 1, new1);
        ValueStore.Exchange(second, 1, new2);
        if (newBias is not null) ValueStore.Exchange(first, 2, newBias);
        return null;
    }

    static double Factor(double first, double second)
    {
        var factor = Math.Sqrt(first * second) / second;
        return first > 0 && second > 0 && double.IsFinite(factor) && factor > 0 ? factor : 1;
    }

    static bool IsWritable(TensorData data) => data is not SparseTensor && FloatingTensor.CanWrite(data.Element) && data.ByteLength <= int.MaxValue && (data.Dims.Length == 1 || data.Dims.Length >= 3);
}
