using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Experts;
using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Sparsity;

/// <summary>
/// <c>Σₖ wₖ·table[iₖ] -> WeightedEmbeddingBag(w, i, table)</c>: sums of rows that were fetched, as memory layers have them (Huang et al., UltraMemV2, 2025),
/// and products with rows that were chosen by a mask, as LoRA branches with experts have them (Zou et al., FlyLoRA, 2025).
/// </summary>
[Pass("fuse-weighted-embedding-bag", "Σ w[k]·table[i[k]], (x ⊙ mask of TopK)·W -> WeightedEmbeddingBag(w, i, table)", Numerics = Numerics.Rounding)]
public sealed class FuseWeightedEmbeddingBag : ModelPass
{
    public override void Run(Model model, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(cx);
        if (!model.AllNodes().Any(IsCandidate)) return;
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        var shapes = new ShapeAnalysis(model);
        foreach (var graph in model.Bodies().ToList())
            foreach (var node in graph.Nodes.Where(IsCandidate).ToList())
            {
                if (node.IsRemoved || !cx.Selects(node)) continue;
                var (bag, reason) = node.Op.Is("Gather") ? new GatheredRows(node, shapes).Read() : new ChosenRows(node, shapes).Read();
                if (bag is not null) reason ??= OperatorLibrary.Obstacle(graph) ?? Cone.Escape(bag.Nodes, bag.Target);
                if (reason is not null) cx.Skip(reason);
                else if (bag is not null && cx.TryStep(bag.Target, "add rows up where they lie")) Replace(bag);
            }
    }

    static bool IsCandidate(Node node) => node.Op.Is("Gather") || node.Op.Is("ScatterElements") || node.Op.Is("OneHot");

    static void Replace(RowBag bag)
    {
        var builder = new GraphBuilder(bag.Target.Graph, bag.Target, "bag");
        var indices = bag.Indices.ElementType == ElementType.Int64 ? bag.Indices : builder.Op("Cast", [bag.Indices], ("to", (long)ElementType.Int64));
        bag.Target.Graph.Substitute(bag.Target.Output, bag.Write(builder, indices));
        ExpertNodes.Remove(bag.Target);
    }
}
