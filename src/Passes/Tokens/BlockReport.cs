using Onnxc.IR;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Tokens;

/// <summary>Tells what the search for blocks finds in a model.</summary>
public static class BlockReport
{
    /// <summary>Blocks in the order of the graph. Types have to be inferred; shapes that follow from others are filled in.</summary>
    public static IReadOnlyList<BlockFact> Of(Model model)
    {
        SymbolicTypes.Refine(model);
        var facts = new List<BlockFact>();
        var chains = 0;
        foreach (var graph in model.Bodies().ToList())
        {
            var finder = new BlockFinder(graph);
            foreach (var chain in finder.Find())
            {
                var head = HeadOf(chain);
                foreach (var block in chain.Blocks)
                    facts.Add(new(block.Softmax.DisplayName, chains, block.Tokens, block.Width, block.Heads, NormOf(block), head, chain.Declined.GetValueOrDefault(block)));
                chains++;
            }
            foreach (var (node, reason) in finder.Rejected) facts.Add(new(node.DisplayName, null, 0, 0, 0, "", "", reason));
        }
        return facts;
    }

    static string HeadOf(BlockChain chain)
    {
        var flow = chain.Flow(chain.Able);
        if (chain.Able.IsEmpty) return "";
        var pools = flow.Sites.Any(s => s is TokenSite.Pool);
        var picks = flow.Kept.Contains(1) ? "class and distillation token" : flow.Kept.Contains(0) ? "class token" : "";
        return pools ? picks.Length > 0 ? $"mean without {picks}" : "mean" : picks.Length > 0 ? picks : "other";
    }

    static string NormOf(TransformerBlock block)
    {
        if (SkipNormalization.Is(block.Residual)) return "behind";
        var users = block.Output.Uses.Select(u => u.Node?.Op.Name).ToList();
        if (users.Contains("BatchNormalization") || block.Output.Uses.Any(u => u.Node is { Op.Name: "Transpose" } turn && turn.Output.SingleUse?.Node?.Op.Name == "BatchNormalization")) return "batch";
        if (!users.Exists(u => u is "LayerNormalization" or "RMSNormalization" or "SimplifiedLayerNormalization" or "ReduceMean")) return "other";
        return users.Exists(u => u is "Add" or "SkipLayerNormalization" or "SkipSimplifiedLayerNormalization") ? "before" : "behind";
    }
}
