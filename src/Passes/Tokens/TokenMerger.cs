using Onnxc.IR;
using Onnxc.Operators;

namespace Onnxc.Passes.Tokens;

/// <summary>Merges or drops tokens in the blocks of a chain, and lets what follows know their number and sizes.</summary>
sealed class TokenMerger(TokenFlow flow, IReadOnlyList<MergePlan> plans, MergeMethod method, bool isProportional)
{
    readonly List<long> counts = [plans[0].Block.Tokens];

    // Sizes of the tokens after so many merges, [B, tokens, 1]; none as long as all are one.
    readonly List<Value?> sizes = [null];
    readonly Dictionary<int, Value> logarithms = [];
    readonly Dictionary<int, Value> counted = [];

    public void Run()
    {
        foreach (var plan in plans) counts.Add(counts[^1] - plan.Pairs);
        foreach (var plan in plans) Merge(plan);
        foreach (var site in flow.Sites.Where(s => s is not TokenSite.Extents)) Adapt(site);
        foreach (var site in flow.Sites.OfType<TokenSite.Extents>().Where(s => IsAsked(s.Node))) Tell(site);
    }

    // By something else than targets that were made anew.
    static bool IsAsked(Node shape)
    {
        var (open, seen) = (new Queue<Node>([shape]), new HashSet<Node>());
        while (open.TryDequeue(out var node))
            foreach (var output in node.Outputs)
            {
                if (output.IsGraphOutput) return true;
                foreach (var use in output.Uses)
                    if (use.Node is { } user && seen.Add(user)) open.Enqueue(user);
            }
        return false;
    }

    // What is left counts the tokens of the model as it was: those of masks, for one.
    static void Tell(TokenSite.Extents site)
    {
        var (rank, attributes) = (site.Layout.Rank, site.Node.Attributes);
        var (start, end) = (Place(attributes.Int("start", 0)), Place(attributes.Int("end", rank)));
        var axes = site.Layout.Axes[start..Math.Max(start, end)];
        var builder = new GraphBuilder(site.Node.Graph, site.Node.NextNode, "merged");
        var users = site.Node.Output.Uses.ToList();
        var (isMerged, before) = (axes.Select(a => a is [{ IsMerged: true }]).ToArray(), axes.Select(a => a is [{ IsMerged: true } tokens] ? tokens.Extent : 0));
        if (!isMerged.Contains(true)) return;
        var told = builder.Op("Where", [builder.Constant(TensorData.Of<bool>(ElementType.Bool, [isMerged.Length], isMerged)), builder.Constant(TensorData.Int64s([.. before])), site.Node.Output]);
        foreach (var use in users) use.User.SetOperand(use.Slot, told);

        int Place(long? axis) => (int)Math.Clamp(axis < 0 ? axis.Value + rank : axis ?? 0, 0, rank);
    }

    void Merge(MergePlan plan)
    {
        var (block, stage) = (plan.Block, sizes.Count - 1);
        var tokens = block.Output;
        var users = tokens.Uses.Where(u => !u.IsGraphOutput).ToList();
        var builder = new GraphBuilder(tokens.Graph, block.Residual.NextNode, "merged");
        var spread = new SizeSpread(builder, counts);
        var isTurned = block.TokenAxis == 0;
        var x = isTurned ? spread.Transpose(tokens, 1, 0, 2) : tokens;
        var merged = method == MergeMethod.Drop ? Drop(block, x, builder, spread) : Merge(plan, x, builder, spread);
        var batch = tokens.Shape![1 - block.TokenAxis];
        merged.SetType(new TensorType(tokens.ElementType!.Value, new Shape([batch, counts[stage + 1], block.Width])));
        merged.Producer!.CopyMetadata(block.Residual);
        if (isTurned) merged = spread.Transpose(merged, 1, 0, 2);
        foreach (var use in users) use.User.SetOperand(use.Slot, merged);
    }

    Value Merge(MergePlan plan, Value x, GraphBuilder builder, SizeSpread spread)
    {
        var (element, count) = (x.ElementType ?? plan.Block.Output.ElementType!.Value, counts[sizes.Count - 1]);
        var metric = Metric(plan.Block, count, builder, spread);
        var size = sizes[^1] ??= flow.Mask is null ? builder.Constant(FloatingType.Write(element, [1, count, 1], [.. Enumerable.Repeat(1f, (int)count)])) : FirstSizes(element, builder, spread);
        var weights = plan.Modulation?.Constants(builder, element) ?? [];
        var node = builder.CustomNode(weights.Length == 0 ? "BipartiteMerge" : "ModulatedMerge", [metric, x, size, .. weights],
            ("r", plan.Pairs), ("class_token", flow.Kept.Contains(0) ? 1L : 0), ("distillation_token", flow.Kept.Contains(1) ? 1L : 0));
        node.Outputs[1].SetType(new TensorType(element, new Shape([plan.Block.Output.Shape![1 - plan.Block.TokenAxis], count - plan.Pairs, 1])));
        sizes.Add(node.Outputs[1]);
        return node.Outputs[0];
    }

    // Padding stands for no token.
    Value FirstSizes(ElementType element, GraphBuilder builder, SizeSpread spread)
    {
        var (mask, padding) = (flow.Mask!.Root, flow.Mask.Padding);
        var isPadding = builder.Op("Equal", [mask, builder.Op("CastLike", [builder.Constant(TensorData.Int64s([padding])), mask])]);
        var ones = builder.Op("Where", [isPadding, builder.Constant(FloatingType.Write(element, [], [0])), builder.Constant(FloatingType.Write(element, [], [1]))]);
        return builder.Op("Unsqueeze", [ones, spread.Ints(2)]);
    }

    // The tokens that receive the least attention go; the others keep their order.
    Value Drop(TransformerBlock block, Value x, GraphBuilder builder, SizeSpread spread)
    {
        var stage = sizes.Count - 1;
        var received = spread.Received(block.Softmax, flow.LayoutOf(block.Softmax.Output)!);
        if (flow.Kept.Count > 0)
        {
            // More than all attention that there is.
            var most = (float)(block.Heads * counts[stage] + 1);
            var bonus = Enumerable.Range(0, (int)counts[stage]).Select(t => flow.Kept.Contains(t) ? most : 0).ToArray();
            received = builder.Op("Add", [received, builder.Constant(FloatingType.Write(block.Output.ElementType!.Value, [1, counts[stage]], bonus))]);
        }
        var left = spread.Ints(counts[stage + 1]);
        var chosen = builder.Node(new OpId("", "TopK"), [received, left], 2, ("axis", 1L)).Outputs[1];
        var places = builder.Node(new OpId("", "TopK"), [chosen, left], 2, ("axis", 1L), ("largest", 0L)).Outputs[0];
        var spreadPlaces = builder.Op("Expand", [builder.Op("Unsqueeze", [places, spread.Ints(2)]), spread.Ints(1, 1, block.Width)]);
        var padding = flow.Mask is null ? null : sizes[^1] ??= FirstSizes(block.Output.ElementType!.Value, builder, spread);
        sizes.Add(padding is null ? null : builder.Op("GatherElements", [padding, builder.Op("Unsqueeze", [places, spread.Ints(2)])], ("axis", 1L)));
        return builder.Op("GatherElements", [x, spreadPlaces], ("axis", 1L));
    }

    Value Metric(TransformerBlock block, long count, GraphBuilder builder, SizeSpread spread)
    {
        if (block.IsFused) return FusedAttention.Metric(block.Softmax, block.Heads, count, builder, spread);
        var (keys, widthAxis) = Keys(block);
        return spread.Metric(keys, flow.LayoutOf(keys)!, widthAxis);
    }

    // Before they were turned to stand in the product.
    (Value Keys, int WidthAxis) Keys(TransformerBlock block)
    {
        var keys = block.Scores.Input(block.KeySlot)!;
        var isTurned = block.Scores.Attributes.Int(block.KeySlot == 0 ? "transA" : "transB", 0) != 0;
        var axis = keys.Shape!.Rank - (isTurned == (block.KeySlot == 1) ? 1 : 2);
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
            case TokenSite.Uniform uniform:
                uniform.Node.SetInput(uniform.Slot, builder.Op("Slice", [uniform.Node.Input(uniform.Slot), spread.Ints(0), spread.Ints(1), spread.Ints(uniform.Axis)]));
                break;
            case TokenSite.Mask mask:
                Hide(mask, builder, spread);
                break;
            case TokenSite.Weights { Node: var attention } weights when FusedAttention.Is(attention):
                FusedAttention.Open(attention);
                if (!isProportional || method == MergeMethod.Drop) break;
                var tokens = weights.Layout.Axes[1][0];
                FusedAttention.Weigh(attention, Logarithm(tokens.Stage), spread.Extent(flow.LayoutOf(attention.Output)!.Axes[1]), spread.Extent(tokens), builder, spread);
                break;
            case TokenSite.Weights { Node: var softmax } weights when isProportional && method != MergeMethod.Drop:
                var bias = spread.Spread(Logarithm(weights.Layout.Axes[weights.Axis][0].Stage), weights.Layout, weights.Axis);
                softmax.SetInput(0, builder.Op("Add", [softmax.Input(0), bias]));
                break;
            case TokenSite.Pool pool when method != MergeMethod.Drop:
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

    void Hide(TokenSite.Mask site, GraphBuilder builder, SizeSpread spread)
    {
        var size = sizes[site.Layout.Axes[site.Axis][0].Stage]!;
        var element = size.ElementType ?? plans[0].Block.Output.ElementType!.Value;
        var isReal = builder.Op("Less", [builder.Constant(FloatingType.Write(element, [], [0])), size]);
        var numbers = builder.Op("Where", [isReal, Number(site.Real), Number(site.Padding)]);
        var wanted = site.Node.Input(site.Slot)!.ElementType!.Value;
        if (wanted != ElementType.Float) numbers = builder.Op("Cast", [numbers], ("to", (long)wanted));
        site.Node.SetInput(site.Slot, spread.Spread(numbers, site.Layout, site.Axis));

        Value Number(double number) => builder.Constant(TensorData.Floats([(float)number + 0]));
    }

    // Sizes are whole numbers, and weigh like so many equal tokens.
    void Weigh(TokenSite.Pool site, GraphBuilder builder, SizeSpread spread)
    {
        var (node, tokens) = (site.Node, site.Layout.Axes[site.Axis][0]);
        var sized = builder.Op("Mul", [node.Input(0), spread.Spread(Counted(tokens.Stage), site.Layout, site.Axis)]);
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
        var size = Counted(stage);
        return logarithms[stage] = new GraphBuilder(size.Graph, size.Producer!.NextNode, "merged").Op("Log", [size]);
    }

    // Where padding is looked at all the same, as in a plain mean, it counts as it did.
    Value Counted(int stage)
    {
        var size = sizes[stage]!;
        if (flow.Mask is null) return size;
        if (counted.TryGetValue(stage, out var known)) return known;
        var builder = new GraphBuilder(size.Graph, size.Producer!.NextNode, "merged");
        return counted[stage] = builder.Op("Max", [size, builder.Constant(FloatingType.Write(plans[0].Block.Output.ElementType!.Value, [], [1]))]);
    }
}
