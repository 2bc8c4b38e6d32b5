using Onnxc.IR;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// Layout, channels and bias (null when it is left out) of a node that multiplies by constant weights: <c>Conv</c>, <c>ConvTranspose</c>,
/// <c>Gemm</c> or <c>MatMul</c>. <see cref="Rank"/> is that of its output, whose channels lie on axis 1.
/// </summary>
sealed record ProductWeights(WeightLayout Layout, int Rank, long Channels, double[]? Bias)
{
    public const string Reason = "the weights or the bias have a strange form";

    /// <summary>Null when weights, bias or attributes are not of a form in which channels can be scaled.</summary>
    public static ProductWeights? Read(Node node, TensorData weights, TensorData? bias)
    {
        if (!FloatingTensor.CanWrite(weights.Element) || weights is SparseTensor || weights.ByteLength > int.MaxValue) return null;
        var isMatrix = node.Op.Name is "Gemm" or "MatMul";
        if (isMatrix ? weights.Dims.Length != 2 : weights.Dims.Length < 3) return null;
        // `Gemm` multiplies its bias by beta, and a parameter of a function could be anything.
        if (node.Op.Is("Gemm") && (node.Attributes.Float("beta", 1) != 1 || node.Attributes.Int("transB", 0) is null)) return null;
        if (node.Attributes.Int("group", 1) is not { } group || group < 1 || group > int.MaxValue) return null;
        var layout = ChannelWeights.Layout(node, (int)group);
        if (ChannelWeights.Channels(weights, layout) is not { } channels) return null;
        if (bias is null) return new(layout, weights.Dims.Length, channels, null);
        return ChannelWeights.PerChannel(bias, isMatrix ? 2 : 1, isMatrix ? 1 : 0, channels) is { } values
            ? new(layout, weights.Dims.Length, channels, values)
            : null;
    }
}
