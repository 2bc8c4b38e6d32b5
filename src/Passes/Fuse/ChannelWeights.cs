using Onnxc.IR;

namespace Onnxc.Passes.Fuse;

/// <summary>Weights of convolutions and matrix products, seen by output channel.</summary>
static class ChannelWeights
{
    public static WeightLayout Layout(Node node, int group) => node.Op.Name switch
    {
        "Conv" => new(true, 1),
        "ConvTranspose" => new(false, group),
        "Gemm" when node.Attributes.Int("transB", 0) == 1 => new(true, 1),
        _ => new(false, 1),
    };

    /// <summary>Number of output channels; null when the groups do not divide the input.</summary>
    public static long? Channels(TensorData weights, WeightLayout layout) =>
        layout.IsFirst ? weights.Dims[0]
        : layout.Groups > 0 && weights.Dims[0] % layout.Groups == 0 ? weights.Dims[1] * layout.Groups
        : null;

    /// <summary>The weights, each times the factor of its output channel.</summary>
    public static double[] Scaled(TensorData weights, double[] factor, WeightLayout layout)
    {
        var values = FloatingTensor.Read(weights);
        if (values.Length == 0) return values;
        var rows = (int)weights.Dims[0];
        var columns = (int)weights.Dims[1];
        var inner = values.Length / rows / columns;
        for (var i = 0; i < values.Length; i++)
        {
            var (row, column) = (i / inner / columns, i / inner % columns);
            values[i] *= factor[layout.IsFirst ? row : row / (rows / layout.Groups) * columns + column];
        }
        return values;
    }

    /// <summary>
    /// Value of <paramref name="data"/> for each of <paramref name="channels"/> when it is broadcast to a tensor of rank <paramref name="rank"/>
    /// whose channels lie on <paramref name="axis"/>; null when it depends on another axis, or would widen the tensor.
    /// </summary>
    public static double[]? PerChannel(TensorData data, int rank, int axis, long channels)
    {
        if (data.Dims.Length > rank || !FloatingTensor.CanWrite(data.Element) || data is SparseTensor) return null;
        for (var i = 0; i < data.Dims.Length; i++)
            if (data.Dims[i] != 1 && (i + rank - data.Dims.Length != axis || data.Dims[i] != channels)) return null;
        var values = FloatingTensor.Read(data);
        return values.Length == channels ? values : values.Length == 1 ? [.. Enumerable.Repeat(values[0], (int)channels)] : null;
    }
}
