using Onnxc.IR;
using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary>Finds what follows the root of a normalization - quotient, scale, bias - and puts one operator in the place of all.</summary>
static class AffineNormalization
{
    public static Rewrite Apply(Match m, Normalization found, OpId op)
    {
        var (root, radicand) = (m.Root, m.Root.Input(0)!);
        if (m.Graph.Model.Functions[op] is not null) return m.Decline("a local function has the name of the operator");
        string? reason = null;
        foreach (var target in Cone.Above(root, 7))
        {
            Value[] atoms = found.Mean is null ? [found.X, radicand] : [found.X, found.Mean, radicand];
            var formula = new Formula(m.Graph, atoms);
            if (found.Mean is not null) formula.Weigh(found.Mean, found.Weight);
            if (formula.Read(target.Output) is not { } read || Split(read, found, radicand) is not var (scale, bias)) continue;

            HashSet<Node> nodes = [.. found.Nodes, .. formula.Nodes, root];
            if (!TryParameter(found, scale, out var gamma)) reason ??= "the scale does not fit the last axes";
            else if (!TryParameter(found, bias, out var beta)) reason ??= "the bias does not fit the last axes";
            else if (target.Output.Shape?.Rank != found.X.Shape!.Rank) reason ??= "the result may be wider than the input";
            else if (Cone.Escape(nodes, target) is { } escape) reason ??= escape;
            // ONNX Runtime takes a scale beyond a cast into the operator; without that it would be applied by itself.
            else if (scale.IsConstant && target.Output.SingleUse?.Node is { } user && user.Op.Is("Cast")) reason ??= "a cast stands before the scale";
            else return m.ReplaceAt(target, nodes, b => b.Op(op.Name, Inputs(b, found.X, gamma!, beta), ("axis", -found.Axes), ("epsilon", (float)found.Epsilon)));
        }
        return m.Decline(reason ?? "what follows is no such normalization");
    }

    static Value?[] Inputs(GraphBuilder b, Value x, Func<GraphBuilder, Value> gamma, Func<GraphBuilder, Value>? beta) =>
        beta is null ? [x, gamma(b)] : [x, gamma(b), beta(b)];

    /// <summary>Scale and bias of x·scale/√radicand + bias, less mean·scale/√radicand where there is a mean.</summary>
    static (Monomial Scale, Monomial? Bias)? Split(Polynomial read, Normalization found, Value radicand)
    {
        var normalized = read.Terms.Where(t => t.Exponent(radicand) == -0.5).Select(t => t.Without(radicand)).ToList();
        var others = read.Terms.Where(t => t.Exponent(radicand) == 0).ToList();
        if (normalized.Count + others.Count != read.Terms.Length || others.Count > (found.Mean is null ? 0 : 1)) return null;
        if (normalized.Find(t => t.Exponent(found.X) == 1) is not { } input) return null;
        var scale = input.Without(found.X);
        if (found.Mean is null) return normalized.Count == 1 ? (scale, null) : null;
        if (normalized.Count != 2 || normalized.Find(t => t.Exponent(found.Mean) == 1) is not { } mean) return null;
        var same = mean.Without(found.Mean);
        return scale.HasPowersOf(same) && Scalars.Agree(same.Factor, -scale.Factor, found.Tolerance) ? (scale, others.FirstOrDefault()) : null;
    }

    static bool TryParameter(Normalization found, Monomial? term, out Func<GraphBuilder, Value>? make)
    {
        make = null;
        return term switch
        {
            null => true,
            { Powers: [] } => found.TryParameter(null, term.Factor, out make),
            { Powers: [var (value, exponent)], Factor: 1 } when exponent == 1 => found.TryParameter(value, 1, out make),
            _ => false,
        };
    }
}
