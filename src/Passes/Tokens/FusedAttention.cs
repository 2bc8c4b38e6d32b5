using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>
/// Operators of attention that take queries, keys and values of three axes, heads being parts of the last one; or the tokens and the weights of
/// all three products in one tensor (<c>com.microsoft.Attention</c>).
/// </summary>
static class FusedAttention
{
    const string Microsoft = "com.microsoft";
    const int Keys = 1, Values = 2, MicrosoftScores = 5, StandardScores = 3, JoinedMask = 3, SplitMask = 4;

    public static bool Is(Node node) => IsJoined(node) || node.Op == new OpId(Microsoft, "MultiHeadAttention") || node.Op.Is("Attention");

    static bool IsJoined(Node node) => node.Op == new OpId(Microsoft, "Attention");

    /// <summary>Tokens that the keys are, or are made of.</summary>
    public static Value? KeysOf(Node node) => node.Input(IsJoined(node) ? 0 : Keys);

    /// <summary>Heads of the keys, of a node without an obstacle.</summary>
    public static long Heads(Node node) => node.Attributes.Int(node.Op.IsStandard ? "kv_num_heads" : "num_heads") ?? 0;

    /// <summary>Why it cannot be a block's; null where it takes nothing but tokens, weights, and a mask that lets all of them through.</summary>
    public static string? Obstacle(Node node)
    {
        if (node.Input(0)?.Shape is not { Rank: 3 }) return "its queries, keys and values are joined, or have axes for heads";
        if (IsJoined(node) ? node.Input(1)?.Shape is not { Rank: 2 } : node.Input(Keys)?.Shape is not { Rank: 3 } || node.Input(Values)?.Shape is not { Rank: 3 })
            return "its queries, keys and values are joined, or have axes for heads";
        if (node.Attributes.Int(node.Op.IsStandard ? "is_causal" : "unidirectional", 0) != 0) return Obstacles.Causal;
        if (node.Outputs.Skip(1).Any(o => o.HasUses)) return node.Outputs is [_, _, _, { HasUses: true }] ? "it shows its scores, which have an entry for each token" : Obstacles.HandsOn;
        if (node.Attributes.Int("do_rotary", 0) != 0) return "its attention turns keys by their places";
        if (Heads(node) <= 0) return "the number of heads is not known";
        for (var i = 3; i < node.InputCount; i++)
        {
            if (node.Input(i) is not { } other || (!node.Op.IsStandard && !IsJoined(node) && i == 3 && other.Constant is not null)) continue;
            if (i != MaskSlot(node)) return node.Op.IsStandard && i == StandardScores ? Obstacles.OfMask(other) : "its attention takes scores or a past from elsewhere";
            if (!IsOpen(other) && MaskTable.Of(other) is null) return Obstacles.OfMask(other);
        }
        return IsJoined(node) && KeyColumns(node) is null ? "the widths of its queries, keys and values are not known" : null;
    }

    /// <summary>Keys with what is added to them inside, summed over heads, [B, tokens, width of a head].</summary>
    public static Value Metric(Node node, long heads, long tokens, GraphBuilder builder, SizeSpread spread)
    {
        if (IsJoined(node)) return JoinedMetric(node, heads, builder, spread);
        var keys = node.Input(Keys)!;
        var width = keys.Shape![2].Extent;
        if (!node.Op.IsStandard && node.Input(3) is { } bias) keys = builder.Op("Add", [keys, builder.Op("Slice", [bias, spread.Ints(width), spread.Ints(2 * width)])]);
        return builder.Op("ReduceSum", [spread.Reshape(keys, [0, tokens, heads, width / heads]), spread.Ints(2)], ("keepdims", 0L));
    }

    // The sum over heads of a product is the product with the sum over heads of the weights.
    static Value JoinedMetric(Node node, long heads, GraphBuilder builder, SizeSpread spread)
    {
        var (start, width) = KeyColumns(node)!.Value;
        var weights = builder.Op("Slice", [node.Input(1), spread.Ints(start), spread.Ints(start + width), spread.Ints(1)]);
        var metric = builder.Op("MatMul", [node.Input(0), Summed(weights, [0, heads, width / heads], 1)]);
        if (node.Input(2) is not { } bias) return metric;
        return builder.Op("Add", [metric, Summed(builder.Op("Slice", [bias, spread.Ints(start), spread.Ints(start + width)]), [heads, width / heads], 0)]);

        Value Summed(Value value, long[] split, long axis) => builder.Op("ReduceSum", [spread.Reshape(value, split), spread.Ints(axis)], ("keepdims", 0L));
    }

    static (long Start, long Width)? KeyColumns(Node node) =>
        node.Attributes.Ints("qkv_hidden_sizes") is { Length: 3 } sizes ? (sizes[0], sizes[1])
        : node.Input(1)!.Shape![1] is { IsFixed: true, Extent: var all } && all % 3 == 0 ? (all / 3, all / 3) : null;

    /// <summary>Takes away a mask that lets all tokens through, since there are fewer now.</summary>
    public static void Open(Node node)
    {
        if (MaskSlot(node) is { } slot && node.Input(slot) is { Constant: not null }) node.SetInput(slot, null);
    }

    /// <summary>Tells which keys are hidden; null where none are.</summary>
    public static Value? MaskOf(Node node) => MaskSlot(node) is { } slot ? node.Input(slot) : null;

    public static int? MaskSlot(Node node) => node.Op.IsStandard ? null : IsJoined(node) ? JoinedMask : SplitMask;

    // One with an entry for each token, all of them set. Others count tokens.
    static bool IsOpen(Value mask)
    {
        if (mask.Constant is not { Element: ElementType.Int32, Dims.Length: >= 2 } data) return false;
        foreach (var entry in data.ToArray<int>())
            if (entry == 0) return false;
        return true;
    }

    /// <summary>Adds a number for each key to the scores of all queries: [B, keys, 1] spread over [B, 1, queries, keys].</summary>
    public static void Weigh(Node node, Value numbers, long queries, long keys, GraphBuilder builder, SizeSpread spread)
    {
        var row = spread.Reshape(numbers, [-1, 1, 1, keys]);
        var slot = node.Op.IsStandard ? StandardScores : MicrosoftScores;
        while (node.InputCount <= slot) node.AddInput(null);
        node.SetInput(slot, builder.Op("Expand", [row, spread.Ints(1, 1, queries, 1)]));
    }

    /// <summary>Where the tokens of the queries go, and where the keys are; keys and values have to be the same tokens.</summary>
    public static (TokenLayout Output, TokenLayout Keys)? Pass(Node node, IReadOnlyList<TokenLayout?> inputs)
    {
        if (Obstacle(node) is not null || inputs[0] is not { } queries || !queries.IsTokens(1)) return null;
        var (keys, values) = IsJoined(node) ? (queries, queries) : (inputs[Keys], inputs[Values]);
        if (keys?.IsTokens(1) != true || values?.IsTokens(1) != true || keys.Axes[1][0] != values.Axes[1][0]) return null;
        return (queries.With(2, TokenLayout.Plain(node.Output.Shape is { Rank: 3 } shape ? shape[2] : Dim.Unknown)), keys);
    }
}
