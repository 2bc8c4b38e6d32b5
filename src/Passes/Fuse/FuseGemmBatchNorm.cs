using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// <c>BatchNormalization(x·W + b, s, B, m, v) -> x·(f·W) + f·(b - m) + B</c> with <c>f = s / sqrt(v + ε)</c> for each column, for <c>Gemm</c>
/// and for <c>MatMul</c> of matrices. Computed in double precision and rounded once to the type of the weights.
/// </summary>
[Pass("fuse-gemm-batch-norm", "BatchNormalization(Gemm(x, W, b)) -> Gemm(x, W', b')", Numerics = Numerics.Rounding)]
public sealed class FuseGemmBatchNorm : RewriteRule
{
    static readonly Var X = Any();
    static readonly ConstantPattern W = Constant();
    static readonly ConstantPattern B = Constant();
    static readonly OpPattern Product = Op(["Gemm", "MatMul"], X, W, Optional(B));
    static readonly ConstantPattern Scale = Constant();
    static readonly ConstantPattern Shift = Constant();
    static readonly ConstantPattern Mean = Constant();
    static readonly ConstantPattern Variance = Constant();
    static readonly OpPattern Normalization = Op("BatchNormalization", Product, Scale, Shift, Mean, Variance);

    public override OpPattern Root => Normalization;

    /// <summary>Before version 7 inference had to be asked for by an attribute, and `Gemm` did not broadcast by itself.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        var (product, normalization) = (m[Product], m[Normalization]);
        if (FuseConvBatchNorm.Trains(normalization)) return m.Decline("the normalization is in training mode");
        if (normalization.Attributes.Int("spatial", 1) != 1) return m.Decline("the statistics are not for each channel");
        if (normalization.Attributes.Float("epsilon", 1e-5f) is not { } epsilon) return m.Decline("`epsilon` is a parameter of the function");
        // Channels lie on axis 1, which are the columns of matrices only.
        if (product.Op.Is("MatMul") && m[X].Shape?.Rank != 2) return m.Decline(Product, "the input is no matrix");

        var weights = m.Constant(W);
        if (ProductWeights.Read(product, weights, m.Find(B)?.Constant) is not { } read) return m.Decline(Product, ProductWeights.Reason);
        TensorData[] vectors = [m.Constant(Scale), m.Constant(Shift), m.Constant(Mean), m.Constant(Variance)];
        if (vectors.Any(v => v.Dims.Length != 1 || v.Dims[0] != read.Channels)) return m.Decline("the number of channels differs");
        if (vectors.Any(v => !FloatingTensor.CanWrite(v.Element))) return m.Decline("a parameter is neither float, float16 nor double");

        var old = TensorData.Of<double>(ElementType.Double, [read.Channels], read.Bias ?? new double[read.Channels]);
        var (factor, bias) = FuseConvBatchNorm.Combine([.. vectors, old], epsilon, (int)read.Channels);
        if (FloatingTensor.Write(weights.Element, [read.Channels], bias) is not { } newBias
            || FloatingTensor.Write(weights.Element, weights.Dims, ChannelWeights.Scaled(weights, factor, read.Layout)) is not { } newWeights)
            return m.Decline("a combined weight is not finite");
        return m.Replace(
            b => b.Node(new OpId("", "Gemm"), [m[X], b.Constant(newWeights), b.Constant(newBias)], 1, [.. product.Attributes.Select(a => (a.Key, a.Value))]).Output,
            namedAfter: Product);
    }
}
