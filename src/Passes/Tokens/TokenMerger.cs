using Onnxc.IR;
using Onnxc.Operators;

namespace Onnxc.Passes.Tokens;

/// <summary>Merges tokens in the blocks of a chain, and lets what follows know their number and sizes.</summary>
sealed class TokenMerger(TokenFlow flow, IReadOnlyList<MergePlan> plans, bool isProportional)
{
    readonly List<long> counts = [plans[0].Block.Tokens];

    // Sizes of the tokens after so many merges, [B, tokens, 1]; none as long as all are one.
    readonly List<Value?> sizes = [null];
    readonly Dictionary<int, Value> logarithms = [];

    public void Run()
    {
        foreach (var plan in plans) counts.Add(counts[^1] - plan.Pairs);
        foreach (var plan in plans) Merge(plan);
        foreach (var site in flow.Sites) Adapt(site);
    }

    void Merge(MergePlan plan)
    {
        var (block, stage) = (plan.Block, sizes.Count - 1);
        var tokens = block.Output;
        var users = tokens.Uses.Where(u => !u.IsGraphOutput).ToList();
        var builder = new GraphBuilder(tokens.Graph, block.Residual.NextNode, "merged");
        var spread = new SizeSpread(builder, counts);
        var (keys, widthAxis) = Keys(block);
        var metric = spread.Metric(keys, flow.LayoutOf(keys)!, widthAxis);
        var isTurned = block.TokenAxis == 0;
        var x = isTurned ? spread.Transpose(tokens, 1, 0, 2) : tokens;
        var size = sizes[^1] ?? builder.Constant(FloatingType.Write(tokens.ElementType!.Value, [1, counts[stage], 1], [.. Enumerable.Repeat(1f, (int)counts[stage])]));
        var node = builder.CustomNode("BipartiteMerge", [metric, x, size],
            ("r", plan.Pairs), ("class_token", flow.Kept.Contains(0) ? 1L : 0), ("distillation_token", flow.Kept.Contains(1) ? 1L : 0));
        node.CopyMetadata(block.Residual);
        var (batch, element) = (tokens.Shape![1 - block.TokenAxis], tokens.ElementType!.Value);
        node.Outputs[0].SetType(new TensorType(element, new Shape([batch, counts[stage + 1], block.Width])));
        node.Outputs[1].SetType(new TensorType(element, new Shape([batch, counts[stage + 1], 1])));
        sizes.Add(node.Outputs[1]);
        var merged = isTurned ? spread.Transpose(node.Outputs[0], 1, 0, 2) : node.Outputs[0];
        foreach (var use in users) use.User.SetOperand(use.Slot, merged);
    }

    // Before they were turned to stand in the product.
    (Value Keys, int WidthAxis) Keys(TransformerBlock block)
    {
        var keys = block.Scores.Input(1)!;
        var axis = keys.Shape!.Rank - (block.Scores.Attributes.Int("transB", 0) != 0 ? 1 : 2);
        while (keys.Producer is { } node && node.Op.Is("Transpose") && node.Attributes.Ints("perm") is { } permutation && flow.LayoutOf(node.Input(0)) is not null)
            (keys, axis) = (node.Input(0)!, (int)permutation[axis]);
        return (keys, axis);
    }

    void Adapt(TokenSite site)
    {
        var builder = new GraphBuilder(site.Node.Graph, site.Node, "merged");
        var spread = new SizeSpread(builder, counts);
        switch (site)
        {
            case TokenSite.Target target:
                Retarget(target, spread);
                break;
            case TokenSite.Weights { Node: var softmax } weights when isProportional:
                var bias = spread.Spread(Logarithm(weights.Layout.Axes[weights.Axis][0].Stage), weights.Layout, weights.Axis);
                softmax.SetInput(0, builder.Op("Add", [softmax.Input(0), bias]));
                break;
            case TokenSite.Pool pool:
                Weigh(pool, builder, spread);
                break;
        }
    }

    static void Retarget(TokenSite.Target site, SizeSpread spread)
    {
        var (node, layout) = (site.Node, site.Layout);
        var isExpansion = node.Op.Is("Expand");
        // An extent that is copied or inferred follows by itself.
        if (ConstantVector.Int64s(node.Input(1)) is { } old && layout.Axes.Select((a, i) => !a.Any(f => f.IsMerged) || old[i] <= (isExpansion ? 1 : 0)).All(x => x)) return;
        node.SetInput(1, spread.Ints([.. layout.Axes.Select(a => isExpansion && a.Any(f => f.Kind != FactorKind.Other) ? 1 : spread.Extent(a))]));
        node.RemoveAttribute("allowzero");
    }

    // Sizes are whole numbers, and weigh like so many equal tokens.
    void Weigh(TokenSite.Pool site, GraphBuilder builder, SizeSpread spread)
    {
        var (node, tokens) = (site.Node, site.Layout.Axes[site.Axis][0]);
        var sized = builder.Op("Mul", [node.Input(0), spread.Spread(sizes[tokens.Stage]!, site.Layout, site.Axis)]);
        if (node.Op.Is("ReduceSum"))
        {
            node.SetInput(0, sized);
            return;
        }
        var keeps = node.Op.Is("GlobalAveragePool") || node.Attributes.Int("keepdims", 1) != 0;
        var sum = builder.Op("ReduceSum", [sized, spread.Ints(site.Axis)], ("keepdims", keeps ? 1L : 0L));
        var count = builder.Constant(FloatingType.Write(node.Output.ElementType!.Value, [], [tokens.Extent]));
        var mean = builder.Op("Div", [sum, count]);
        mean.SetType(node.Output.Type, node.Output.TypeIsInferred);
        node.Graph.Substitute(node.Output, mean);
        node.Graph.RemoveNode(node);
    }

    Value Logarithm(int stage)
    {
        if (logarithms.TryGetValue(stage, out var known)) return known;
        var size = sizes[stage]!;
        return logarithms[stage] = new GraphBuilder(size.Graph, size.Producer!.NextNode, "merged").Op("Log", [size]);
    }
}
