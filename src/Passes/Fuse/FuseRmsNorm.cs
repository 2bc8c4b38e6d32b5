using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// <c>x/√(mean(x²) + ε)·γ -> RMSNormalization(x, γ)</c> over the last axes, however it is written; γ may be missing. On two cores 0.19 to
/// 0.35 of the time for forms that ONNX Runtime does not recognise, the same for those that it does. Before version 23 the operator is one
/// of ONNX Runtime's own, <c>SimplifiedLayerNormalization</c>.
/// </summary>
[Pass("fuse-rms-norm", "x/√(mean(x²) + ε)·γ -> RMSNormalization(x, γ)", Numerics = Numerics.Rounding)]
public sealed class FuseRmsNorm : RewriteRule
{
    static readonly OpPattern Anchor = Op(["Pow", "Sqrt"], Any()).Variadic();

    public override OpPattern Root => Anchor;

    /// <summary>Before version 7 broadcasting had to be asked for.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    protected override void Prepare(Model model) => Normalization.Prepare(model);

    public override Rewrite Apply(Match m) => Normalization.Under(m.Root.Input(0)!) is { Mean: null } found
        ? AffineNormalization.Apply(m, found, new("", m.Graph.Opsets[""] >= 23 ? "RMSNormalization" : "SimplifiedLayerNormalization"))
        : m.Decline("it is not the root of a mean of squares");
}
