using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// <c>BatchNormalization(Conv(x, W, b), s, B, m, v) -> Conv(x, f·W, f·(b - m) + B)</c> with <c>f = s / sqrt(v + ε)</c> for each output
/// channel, and the same for <c>ConvTranspose</c>. Computed in double precision and rounded once to the type of the weights.
/// </summary>
[Pass("fuse-conv-batch-norm", "BatchNormalization(Conv(x, W, b)) -> Conv(x, W', b')", Numerics = Numerics.Rounding)]
public sealed class FuseConvBatchNorm : RewriteRule
{
    static readonly Var X = Any();
    static readonly ConstantPattern W = Constant();
    static readonly ConstantPattern B = Constant();
    static readonly OpPattern Conv = Op(["Conv", "ConvTranspose"], X, W, Optional(B));
    static readonly ConstantPattern Scale = Constant();
    static readonly ConstantPattern Shift = Constant();
    static readonly ConstantPattern Mean = Constant();
    static readonly ConstantPattern Variance = Constant();
    static readonly OpPattern Normalization = Op("BatchNormalization", Conv, Scale, Shift, Mean, Variance);

    public override OpPattern Root => Normalization;

    /// <summary>Before version 7 inference had to be asked for by an attribute.</summary>
    public override Range Opsets => 7..;

    public override Rewrite Apply(Match m)
    {
        var (conv, normalization) = (m[Conv], m[Normalization]);
        if (Trains(normalization)) return m.Decline("the normalization is in training mode");
        if (normalization.Attributes.Int("spatial", 1) != 1) return m.Decline("the statistics are not for each channel");
        if (normalization.Attributes.Float("epsilon", 1e-5f) is not { } epsilon)
            return m.Decline("`epsilon` is a parameter of the function");
        if (conv.Attributes.Int("group", 1) is not { } group) return m.Decline(Conv, "`group` is a parameter of the function");

        var weights = m.Constant(W);
        if (!FloatingTensor.CanWrite(weights.Element)) return m.Decline(Conv, "the weights are neither float, float16 nor double");
        if (weights.Dims.Length < 2 || weights.ByteLength > int.MaxValue || group < 1)
            return m.Decline(Conv, "the weights have a strange shape");
        var transposed = conv.Op.Is("ConvTranspose");
        var channels = transposed ? weights.Dims[1] * group : weights.Dims[0];
        if (transposed && weights.Dims[0] % group != 0) return m.Decline(Conv, "the channels do not divide into groups");

        TensorData?[] vectors = [m.Constant(Scale), m.Constant(Shift), m.Constant(Mean), m.Constant(Variance), m.Find(B)?.Constant];
        if (vectors.Any(v => v is not null && (v.Dims.Length != 1 || v.Dims[0] != channels)))
            return m.Decline("the number of channels differs");
        if (vectors.Any(v => v is not null && !FloatingTensor.CanWrite(v.Element)))
            return m.Decline("a parameter is neither float, float16 nor double");

        var (factor, bias) = Combine(vectors, epsilon, (int)channels);
        if (FloatingTensor.Write(weights.Element, [channels], bias) is not { } newBias
            || FloatingTensor.Write(weights.Element, weights.Dims, ChannelWeights.Scaled(weights, factor, ChannelWeights.Layout(conv, (int)group))) is not { } newWeights)
            return m.Decline("a combined weight is not finite");

        return m.Replace(
            b => b.Node(conv.Op, [m[X], b.Constant(newWeights), b.Constant(newBias)], 1, [.. conv.Attributes.Select(a => (a.Key, a.Value))]).Output,
            namedAfter: Conv);
    }

    /// <summary>Version 14 has an attribute; before, asking for more than the first output meant training.</summary>
    internal static bool Trains(Node node) => node.Graph.Opsets[""] < 14
        ? node.Outputs.Skip(1).Any(o => o.Name.Length > 0)
        : node.Attributes.Int("training_mode", 0) != 0;

    internal static (double[] Factor, double[] Bias) Combine(TensorData?[] vectors, double epsilon, int channels)
    {
        var scale = FloatingTensor.Read(vectors[0]!);
        var shift = FloatingTensor.Read(vectors[1]!);
        var mean = FloatingTensor.Read(vectors[2]!);
        var variance = FloatingTensor.Read(vectors[3]!);
        var old = vectors[4] is { } given ? FloatingTensor.Read(given) : new double[channels];
        var factor = new double[channels];
        var bias = new double[channels];
        for (var c = 0; c < channels; c++)
        {
            factor[c] = scale[c] / Math.Sqrt(variance[c] + epsilon);
            bias[c] = factor[c] * (old[c] - mean[c]) + shift[c];
        }
        return (factor, bias);
    }
}
