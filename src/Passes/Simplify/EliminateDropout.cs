using Onnxc.Passes.Cleanup;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary><c>Dropout(x) -> x</c> in inference, where nobody asks for the mask.</summary>
[Pass("eliminate-dropout", "Dropout(x) -> x in inference")]
public sealed class EliminateDropout : RewriteRule
{
    static readonly Var X = Any();
    static readonly OpPattern Dropout = Op("Dropout", X).Variadic();

    public override OpPattern Root => Dropout;

    public override Rewrite Apply(Match m) =>
        Purity.IsInference(m[Dropout]) ? m.Replace(_ => m[X]) : m.Decline("it may be in training mode");
}
