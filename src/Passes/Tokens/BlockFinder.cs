using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>
/// Finds blocks of encoders: a softmax over keys, between the product of queries and keys and that with values, whose result is added to the
/// tokens that came in. Norms before it, behind it or of batches make no difference. Types have to be inferred.
/// </summary>
sealed class BlockFinder(Graph graph)
{
    sealed record Candidate(Node Softmax, Node Scores, int KeySlot, Node Residual, Value Input);

    // Scales, masks, casts and reshapes between a softmax and the products around it.
    const int Reach = 12;

    readonly List<(Node Node, string Reason)> rejected = [];

    /// <summary>Softmaxes between two products that are no block's, and why.</summary>
    public IReadOnlyList<(Node Node, string Reason)> Rejected => rejected;

    public IReadOnlyList<BlockChain> Find()
    {
        var candidates = new List<Candidate>();
        foreach (var node in graph.Nodes.Where(n => n.Op.Is("Softmax")))
        {
            if (ValuesOf(node) is not { } values) continue;
            if (node.Output.Shape is null) rejected.Add((node, Obstacles.IsCausal(node) ? Obstacles.Causal : Obstacles.NoShapes));
            if (ScoresOf(node) is not { } scores) continue;
            if (ResidualOf(values, out var input) is { } residual) candidates.Add(new(node, scores.Product, scores.Slot, residual, input!));
            else rejected.Add((node, "what it makes is not added to tokens that came in"));
        }
        foreach (var node in graph.Nodes.Where(FusedAttention.Is))
            if (FusedAttention.Obstacle(node) is { } obstacle) rejected.Add((node, obstacle));
            else if (ResidualOf(node, out var input) is { } residual) candidates.Add(new(node, node, 1, residual, input!));
            else rejected.Add((node, "what it makes is not added to tokens that came in"));
        var chains = new List<BlockChain>();
        while (candidates.Count > 0)
        {
            var blocks = Chain(candidates);
            if (blocks.Count == 0)
            {
                rejected.Add((candidates[0].Softmax, Reason(candidates[0])));
                candidates.RemoveAt(0);
                continue;
            }
            candidates.RemoveAll(c => blocks.Exists(b => ReferenceEquals(b.Softmax, c.Softmax)));
            chains.Add(Decline([.. blocks]));
        }
        return chains;
    }

    static string Reason(Candidate candidate) =>
        !FusedAttention.Is(candidate.Softmax) && Obstacles.IsCausal(candidate.Softmax) ? Obstacles.Causal
        : candidate.Input.Shape is not { Rank: 3 } shape ? "tokens are not an axis of three"
        : !shape[2].IsFixed || (!shape[0].IsFixed && !shape[1].IsFixed) ? Obstacles.OpenCount
        : "its keys are not the tokens that it is added to";

    // All that the tokens of the first one go through.
    static List<TransformerBlock> Chain(List<Candidate> candidates)
    {
        var start = candidates[0].Input;
        if (start.Shape is not { Rank: 3 } shape || !shape[2].IsFixed) return [];
        foreach (var axis in new[] { 1, 0 })
        {
            if (shape[axis] is not { IsFixed: true, Extent: > 1 }) continue;
            var flow = new TokenFlow(candidates[0].Residual.Graph, start, axis, [], null);
            var blocks = new List<TransformerBlock>();
            foreach (var (softmax, scores, slot, residual, input) in candidates)
            {
                if (flow.LayoutOf(input)?.IsTokens(axis) != true || flow.LayoutOf(residual.Output)?.IsTokens(axis) != true) continue;
                if (FusedAttention.Is(softmax))
                {
                    if (flow.LayoutOf(FusedAttention.KeysOf(softmax))?.IsTokens(1) == true && axis == 1) blocks.Add(new(softmax, scores, slot, residual, input, axis, shape[axis].Extent, shape[2].Extent) { Heads = FusedAttention.Heads(softmax) });
                    continue;
                }
                if (flow.LayoutOf(softmax.Output) is not { } layout || !layout.IsTokens(SoftmaxAxis(softmax)) || flow.LayoutOf(scores.Input(slot)) is null) continue;
                var heads = layout.Factors.Where(f => f.Kind == FactorKind.Other).Aggregate(1L, (product, f) => product * f.Extent);
                blocks.Add(new(softmax, scores, slot, residual, input, axis, shape[axis].Extent, shape[2].Extent) { Heads = heads });
            }
            if (blocks.Count > 0 && ReferenceEquals(blocks[0].Softmax, candidates[0].Softmax)) return blocks;
        }
        return [];
    }

    // An obstacle stands in the way of all merges before it.
    static BlockChain Decline(List<TransformerBlock> blocks)
    {
        var declined = new Dictionary<TransformerBlock, string>();
        var plain = new TokenFlow(blocks[0].Residual.Graph, blocks[0].Input, blocks[0].TokenAxis, [], null);
        var mask = blocks.Select(b => TokenMask.Of(b, plain)).FirstOrDefault(m => m is not null);
        for (var first = 0; first < blocks.Count; first++)
        {
            var flow = new BlockChain([.. blocks], mask, declined).Flow(blocks.Skip(first));
            if (flow.Obstacle is not { } obstacle) break;
            declined[blocks[first]] = obstacle.Reason;
        }
        // What holds whatever else is mended.
        var isPublic = declined.GetValueOrDefault(blocks[^1]) == Obstacles.Public;
        foreach (var block in declined.Keys)
            if (!block.IsFused && Obstacles.IsCausal(block.Softmax)) declined[block] = Obstacles.Causal;
            else if (isPublic) declined[block] = Obstacles.Public;
        return new([.. blocks], mask, declined);
    }

    static int SoftmaxAxis(Node softmax) => (int)(softmax.Attributes.Int("axis", -1) ?? -1) is var axis && axis < 0 ? axis + softmax.Output.Shape!.Rank : axis;

    // The product of queries and keys, and which of its operands has the tokens that the softmax is over.
    (Node Product, int Slot)? ScoresOf(Node softmax)
    {
        if (softmax.Output.Shape is not { } shape) return null;
        var open = new Queue<(Value Value, int FromEnd, int Steps)>([(softmax.Input(0)!, shape.Rank - SoftmaxAxis(softmax), 0)]);
        while (open.TryDequeue(out var next))
        {
            if (next.Value.Producer is not { } node || !ReferenceEquals(node.Graph, graph) || next.Steps > Reach) continue;
            if (IsProduct(node) && node.Input(0)!.Constant is null && node.Input(1)!.Constant is null)
            {
                if (next.FromEnd is 1 or 2) return (node, next.FromEnd == 1 ? 1 : 0);
                continue;
            }
            if (node.Op.Is("Transpose") && node.Attributes.Ints("perm") is { } permutation)
            {
                open.Enqueue((node.Input(0)!, permutation.Length - (int)permutation[^next.FromEnd], next.Steps + 1));
                continue;
            }
            if (node.Op.Name is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" && !KeepsLast(node, next.FromEnd)) continue;
            if (node.Op.Name is not ("Add" or "Sub" or "Mul" or "Div" or "Where" or "Cast" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Identity" or "Max" or "Clip")) continue;
            foreach (var input in node.Inputs)
                if (input is { Constant: null }) open.Enqueue((input, next.FromEnd, next.Steps + 1));
        }
        return null;
    }

    static bool KeepsLast(Node node, int axes) =>
        node.Input(0)?.Shape is { } before && node.Output.Shape is { } after && before.Rank >= axes && after.Rank >= axes
        && Enumerable.Range(1, axes).All(i => before.Dims[^i].IsFixed && before.Dims[^i] == after.Dims[^i]);

    static Node? ValuesOf(Node softmax)
    {
        var value = softmax.Output;
        for (var i = 0; i < Reach; i++)
        {
            if (NextOf(value) is not { } user) return null;
            if (IsProduct(user) && user.Inputs.Count(v => v?.Constant is null) == 2) return user;
            if (user.Op.Name is not ("Cast" or "Dropout" or "Reshape" or "Identity" or "Mul" or "Squeeze" or "Unsqueeze" or "Transpose")) return null;
            value = user.Output;
        }
        return null;
    }

    static Node? ResidualOf(Node values, out Value? input)
    {
        input = null;
        var value = values.Output;
        for (var i = 0; i < 2 * Reach; i++)
        {
            if (NextOf(value) is not { } user || user.Subgraphs.Any()) return null;
            var others = user.Inputs.Where(v => v is { Constant: null } && !ReferenceEquals(v, value)).ToList();
            if ((user.Op.Is("Add") || (SkipNormalization.Is(user) && SkipNormalization.HidesSum(user))) && others is [{ } other] && other.Shape is { Rank: 3 } shape && user.Output.Shape is { Rank: 3 } sum && shape[2] == sum[2])
            {
                input = other;
                return user;
            }
            // Weights, scales and targets may be computed; tokens from elsewhere may not.
            if (others.Exists(o => o!.ElementType == value.ElementType && o.Shape is not { Rank: <= 2 })) return null;
            value = user.Output;
        }
        return null;
    }

    // The only node that computes with a value, rather than with its extents.
    static Node? NextOf(Value value)
    {
        var users = value.Uses.Where(u => u.Node is not { Op.Name: "Shape" or "Size" }).Select(u => u.Node).Distinct().ToList();
        return users is [{ } user] && ReferenceEquals(user.Graph, value.Graph) ? user : null;
    }

    static bool IsProduct(Node node) => (node.Op.Is("MatMul") || node.Op == new OpId("com.microsoft", "FusedMatMul")) && node.InputCount >= 2;
}
