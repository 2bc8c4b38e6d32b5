using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>
/// Puts one node, whose function says what it computes, in the place of a layer of experts: of loops that were unrolled over the experts, of products with
/// stacked weights that compute every expert for every token, of wide layers parted by groups. The router stays as it is. ONNX Runtime's own nodes of
/// experts become a router and such a node.
/// </summary>
[Pass("find-experts", "Σₑ wₑ·(σ(x·Gₑ)⊙(x·Uₑ))·Dₑ -> one node of experts", Numerics = Numerics.Rounding)]
public sealed class FindExperts : ModelPass
{
    const int FewestExperts = 2;

    public override void Run(Model model, PassContext cx)
    {
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        foreach (var body in model.Bodies().Reverse().ToList())
            if (body.Owner is null or { IsRemoved: false } && body.Function?.Id.Domain != OfExperts) Run(body, cx);
    }

    static string OfExperts => new ExpertForm(ExpertActivation.Relu, false).Id.Domain;

    static void Run(Graph graph, PassContext cx)
    {
        var sums = new ExpertSum();
        var inside = new HashSet<Node>();
        // The last sum of a chain holds the others.
        foreach (var node in graph.Nodes.Reverse().ToList())
        {
            if (node.IsRemoved || inside.Contains(node) || !node.Outputs.Any(o => o.HasUses)) continue;
            if (FusedExperts.IsOne(node)) Unfuse(node, cx);
            if (!node.Op.IsStandard) continue;
            var (found, reason) = Read(node, sums);
            if (found is null && reason is null) continue;
            if (!cx.Selects(node)) continue;
            var region = found is null ? null : ExpertRegion.Of(node, found);
            inside.UnionWith(region?.Nodes ?? ExpertRegion.Chain(node));
            reason ??= Obstacle(found!, graph) ?? region!.Obstacle;
            if (reason is not null) cx.Skip(reason);
            else if (cx.TryStep(node, "find experts")) Replace(node, found!, region!);
        }
    }

    static void Unfuse(Node node, PassContext cx)
    {
        if (!cx.Selects(node)) return;
        var (found, reason) = FusedExperts.Read(node);
        reason ??= OpsetObstacle(node.Graph);
        if (reason is not null) cx.Skip(reason);
        else if (cx.TryStep(node, "find experts")) found!.Replace(node);
    }

    static string? OpsetObstacle(Graph graph) => graph.Model.Opsets[""] is > 0 and < ExpertForm.OldestOpset ? "the model's opset is older than 13: run `convert-opset` before" : null;

    static (FoundExperts? Found, string? Reason) Read(Node node, ExpertSum sums)
    {
        if (node.Op.Is("ReduceSum")) return DenseExperts.Read(node);
        if (!node.Op.Is("Add") && !node.Op.Is("ScatterND") && !node.Op.Is("ScatterElements")) return default;
        return sums.Terms(node.Output) is { Count: >= FewestExperts } terms ? UnrolledExperts.Read(terms) : default;
    }

    static string? Obstacle(FoundExperts found, Graph graph)
    {
        if (OpsetObstacle(graph) is { } old) return old;
        if (found.Input.Shape?.Rank is not (2 or null)) return "the tokens are no rows of a matrix";
        if (found.Selected is not { } selected) return "the number of chosen experts is not constant";
        if (found.Up.Matrix.Element == ElementType.BFloat16) return "ONNX Runtime has no products of bfloat16 on a processor";
        if (selected < 1 || selected > found.Experts) return "more experts are chosen than there are";
        return found.Up.Matrix.Dims[0] == found.Down.Matrix.Dims[0] && found.Up.Matrix.Dims[2] == found.Down.Matrix.Dims[1] ? null : "the experts have different sizes";
    }

    static void Replace(Node node, FoundExperts found, ExpertRegion region)
    {
        found.Write(new GraphBuilder(node.Graph, node, "experts")).Replace(node);
        region.RemoveUnused();
    }
}
