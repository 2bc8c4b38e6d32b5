using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Activations;

/// <summary><c>w₀·rⁿ + … + wₙ₋₁·r + b -> PolyReLU(x)</c> with <c>r = Relu(x)</c>, however it is written: PolyCom (Zhuo et al., 2024).</summary>
[Pass("fuse-poly-relu", "w₀·Relu(x)ⁿ + … + wₙ₋₁·Relu(x) + b -> PolyReLU(x)", Numerics = Numerics.Rounding)]
public sealed class FusePolyRelu : RewriteRule
{
    const int Depth = 12;

    static readonly Var X = Any();
    static readonly OpPattern Anchor = Op("Relu", X);

    public override OpPattern Root => Anchor;

    /// <summary>Before version 7 broadcasting had to be asked for.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        var (x, rectified) = (m[X], m.Root.Output);
        foreach (var target in Cone.Above(m.Root, Depth))
        {
            var formula = new Formula(m.Graph, rectified);
            if (formula.Read(target.Output) is not { } read || Weights(read, rectified) is not { Length: > 1 } weights) continue;
            HashSet<Node> nodes = [.. formula.Nodes, m.Root];
            if (PolyCom.Obstacle(nodes, target, x) is { } obstacle) return m.Decline(obstacle);
            return m.ReplaceAt(target, nodes, b => b.Custom("PolyReLU", [x], ("weights", new FloatsAttribute([.. weights])), ("bias", (float)read[Monomial.Of(1)])));
        }
        return m.Decline("what follows is no polynomial of it");
    }

    // Null where something else takes part.
    static float[]? Weights(Polynomial read, Value rectified)
    {
        var weights = new SortedDictionary<int, float>();
        foreach (var term in read.Terms)
        {
            if (term.IsConstant) continue;
            if (term.Powers is not [var (value, exponent)] || value != rectified || exponent < 1 || exponent != Math.Round(exponent)) return null;
            weights[(int)exponent] = (float)term.Factor;
        }
        return PolyCom.HighestFirst(weights);
    }
}
