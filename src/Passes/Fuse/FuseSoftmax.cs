using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// <c>exp(x - max(x))/Σ exp(x - max(x)) -> Softmax(x)</c> along one axis: on two cores 0.24 to 0.45 of the time, since ONNX Runtime does not
/// recognise it. Without the maximum it is another function: large x overflow there, and do not in <c>Softmax</c>.
/// </summary>
[Pass("fuse-softmax", "exp(x - max(x))/Σ exp(x - max(x)) -> Softmax(x)", Numerics = Numerics.Rounding)]
public sealed class FuseSoftmax : RewriteRule
{
    static readonly Var X = Any();
    static readonly OpPattern Maximum = Op("ReduceMax", X).Variadic();
    static readonly OpPattern Difference = Op("Sub", X, Maximum);
    static readonly OpPattern Exponential = Op("Exp", Difference);
    static readonly OpPattern Sum = Op("ReduceSum", Exponential).Variadic();
    static readonly OpPattern Inverse = Op("Reciprocal", Sum);
    static readonly OpPattern Quotient = Op(["Div", "Mul"], Exponential, OneOf(Sum, Inverse)).Commutative();

    public override OpPattern Root => Quotient;

    /// <summary>Before version 7 broadcasting had to be asked for.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        var quotient = m[Quotient];
        if (quotient.Op.Is("Mul") == m.Find(Inverse) is null || !ReferenceEquals(quotient.Input(0), m[Exponential].Output) && quotient.Op.Is("Div"))
            return m.Decline("it is no quotient by the sum");
        if (m[X].ElementType is not (ElementType.Float or ElementType.Double)) return m.Decline("the type is neither float nor double");
        if (ReductionAxes.Kept(m[Maximum]) is not [var axis] || ReductionAxes.Kept(m[Sum]) is not [var summed] || axis != summed)
            return m.Decline("maximum and sum are not along one axis, which they keep");
        // Before version 13 all axes from that one on were taken together.
        if (m.Graph.Opsets[""] < 13 && axis != m[X].Shape!.Rank - 1) return m.Decline("the axis is not the last");
        if (m.Graph.Model.Functions[new OpId("", "Softmax")] is not null) return m.Decline("a local function has the name of the operator");
        return m.Replace(b => b.Op("Softmax", [m[X]], ("axis", axis)));
    }
}
