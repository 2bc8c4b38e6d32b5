using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary><c>MatMul(x, W) + b -> Gemm(x, W, b)</c> for matrices x, with W and b constant.</summary>
[Pass("fuse-mat-mul-add", "MatMul(x, W) + b -> Gemm(x, W, b)", Numerics = Numerics.Rounding)]
public sealed class FuseMatMulAdd : RewriteRule
{
    static readonly Var X = Any();
    static readonly ConstantPattern W = Constant();
    static readonly ConstantPattern B = Constant();
    static readonly OpPattern Product = Op("MatMul", X, W);
    static readonly OpPattern Sum = Op("Add", Product, B).Commutative();

    public override OpPattern Root => Sum;

    /// <summary>Before version 7 `Gemm` did not broadcast by itself.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        var (weights, bias) = (m.Constant(W), m.Constant(B));
        if (!FloatingTensor.CanWrite(weights.Element)) return m.Decline(Product, "the weights are neither float, float16 nor double");
        if (weights.Dims.Length != 2) return m.Decline(Product, "the weights are no matrix");
        if (m[X].Shape is not { } shape) return m.Decline(Product, "the rank of the input is not known");
        if (shape.Rank != 2) return m.Decline(Product, "the input is no matrix");
        if (bias.Dims.Length > 2 || (bias.Dims.Length > 0 && bias.Dims[^1] != 1 && bias.Dims[^1] != weights.Dims[1]))
            return m.Decline("the sum may widen the shape");
        if (bias.Dims.Length == 2 && bias.Dims[0] != 1 && !(shape[0].IsFixed && shape[0].Extent == bias.Dims[0]))
            return m.Decline("the sum may widen the shape");
        return m.Replace(b => b.Op("Gemm", [m[X], m[W], m[B]]), namedAfter: Product);
    }
}
