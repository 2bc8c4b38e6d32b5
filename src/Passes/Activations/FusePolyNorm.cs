using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Fuse;
using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Activations;

/// <summary>
/// <c>w₀·N(xⁿ) + … + wₙ₋₁·N(x) + b -> PolyNorm(x)</c> with <c>N(v) = v/√(mean(v²) + ε)</c> over the last axis, however it is written: PolyCom (Zhuo et al.,
/// 2024). The operator computes in float, so that powers of float16 numbers no longer overflow.
/// </summary>
[Pass("fuse-poly-norm", "w₀·N(xⁿ) + … + wₙ₋₁·N(x) + b -> PolyNorm(x), N(v) = v/√(mean(v²) + ε)", Numerics = Numerics.Rounding)]
public sealed class FusePolyNorm : RewriteRule
{
    const int Depth = 12, PowerDepth = 4;

    static readonly OpPattern Anchor = Op(["Pow", "Sqrt"], Any()).Variadic();

    public override OpPattern Root => Anchor;

    /// <summary>Before version 7 broadcasting had to be asked for.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    protected override void Prepare(Model model) => Normalization.Prepare(model);

    public override Rewrite Apply(Match m)
    {
        if (Normalization.Under(m.Root.Input(0)!) is not { Mean: null, Axes: 1 } found) return m.Decline("it is not the root of a mean of squares along the last axis");
        foreach (var x in Cone.Below(found.X, PowerDepth))
            foreach (var target in Cone.Above(m.Root, Depth))
            {
                var formula = new Formula(m.Graph, x);
                if (formula.Read(target.Output) is not { Terms.Length: > 1 } read) continue;
                HashSet<Node> nodes = [.. formula.Nodes];
                if (Weights(read, x, nodes, found.Epsilon) is not { Length: > 1 } weights) continue;
                if (PolyCom.Obstacle(nodes, target, x) is { } obstacle) return m.Decline(obstacle);
                return m.ReplaceAt(target, nodes, b => b.Custom("PolyNorm", [x], ("weights", new FloatsAttribute([.. weights])),
                    ("bias", (float)read[Monomial.Of(1)]), ("epsilon", (float)found.Epsilon)));
            }
        return m.Decline("what follows is no sum of normalised powers");
    }

    // Null where something else takes part.
    static float[]? Weights(Polynomial read, Value x, HashSet<Node> nodes, double epsilon)
    {
        var weights = new SortedDictionary<int, float>();
        foreach (var term in read.Terms)
        {
            if (term.IsConstant) continue;
            var power = term.Exponent(x);
            if (term.Without(x).Powers is not [var (radicand, exponent)] || exponent != -0.5 || Normalization.Under(radicand) is not { Mean: null, Axes: 1 } norm) return null;
            if (norm.Epsilon != epsilon) return null;
            var normalized = new Formula(radicand.Graph, x);
            if (normalized.Read(norm.X)?.Is(0, new Monomial(1, [(x, power)])) is not true || !weights.TryAdd((int)power, (float)term.Factor)) return null;
            nodes.UnionWith(norm.Nodes);
            nodes.UnionWith(normalized.Nodes);
        }
        return PolyCom.HighestFirst(weights);
    }
}
