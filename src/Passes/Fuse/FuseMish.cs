using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// <c>x·Tanh(Softplus(x)) -> Mish(x)</c> since version 18. ONNX Runtime puts the three back in its place, so that it takes the same time.
/// </summary>
[Pass("fuse-mish", "x·Tanh(Softplus(x)) -> Mish(x)", Numerics = Numerics.Rounding)]
public sealed class FuseMish : RewriteRule
{
    static readonly Var X = Any();
    static readonly OpPattern Softplus = Op("Softplus", X);
    static readonly OpPattern Tanh = Op("Tanh", Softplus);
    static readonly OpPattern Product = Op("Mul", X, Tanh).Commutative();

    public override OpPattern Root => Product;

    public override Range Opsets => 7..;

    public override Rewrite Apply(Match m)
    {
        if (m.Graph.Opsets[""] < 18) return m.Decline("`Mish` came with version 18");
        if (m.Graph.Model.Functions[new OpId("", "Mish")] is not null) return m.Decline("a local function has the name of the operator");
        return m.Replace(b => b.Op("Mish", [m[X]]));
    }
}
