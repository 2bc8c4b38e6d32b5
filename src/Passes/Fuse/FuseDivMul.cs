using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary><c>x·(1/y) -> x/y</c> and <c>x·Reciprocal(y) -> x/y</c>, for floating-point numbers.</summary>
[Pass("fuse-div-mul", "x·(1/y) -> x/y; x·Reciprocal(y) -> x/y", Numerics = Numerics.Rounding)]
public sealed class FuseDivMul : RewriteRule
{
    static readonly Var X = Any();
    static readonly Var Y = Any();
    static readonly ConstantPattern One = Constant();
    static readonly OpPattern Quotient = Op("Div", One, Y);
    static readonly OpPattern Reciprocal = Op("Reciprocal", Y);
    static readonly OpPattern Product = Op("Mul", X, OneOf(Quotient, Reciprocal)).Commutative();

    public override OpPattern Root => Product;

    /// <summary>Before version 7 broadcasting had to be asked for.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        if (m.Find(Quotient) is not null)
        {
            var one = m.Constant(One);
            if (!FloatingTensor.CanWrite(one.Element)) return m.Decline(Quotient, "the quotient is neither float, float16 nor double");
            if (Scalars.Read(m[One]) is not 1) return m.Decline(Quotient, "the dividend is not 1");
            if (one.Dims.Length > (m[Y].Shape?.Rank ?? 0)) return m.Decline(Quotient, "the dividend may widen the shape");
        }
        return m.Replace(b => b.Op("Div", [m[X], m[Y]]));
    }
}
