using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>Operators of attention that take queries, keys and values of three axes, heads being parts of the last one.</summary>
static class FusedAttention
{
    const int Keys = 1, Values = 2, MicrosoftBias = 3, MicrosoftScores = 5, StandardScores = 3;

    public static bool Is(Node node) => node.Op == new OpId("com.microsoft", "MultiHeadAttention") || node.Op.Is("Attention");

    /// <summary>Heads of the keys; null when they are not known, or the node takes more than queries, keys and values.</summary>
    public static long? Heads(Node node)
    {
        if (Enumerable.Range(0, 3).Any(i => node.Input(i)?.Shape is not { Rank: 3 }) || node.Outputs.Skip(1).Any(o => o.HasUses)) return null;
        for (var i = 3; i < node.InputCount; i++)
            if (node.Input(i) is { } other && (node.Op.IsStandard || i != MicrosoftBias || other.Constant is null)) return null;
        if (node.Attributes.Int(node.Op.IsStandard ? "is_causal" : "unidirectional", 0) != 0) return null;
        return node.Attributes.Int(node.Op.IsStandard ? "kv_num_heads" : "num_heads") is > 0 and var heads ? heads : null;
    }

    /// <summary>Keys with what is added to them inside, the heads on an axis of their own.</summary>
    public static Value SplitKeys(Node node, long heads, long tokens, GraphBuilder builder, SizeSpread spread)
    {
        var keys = node.Input(Keys)!;
        var width = keys.Shape![2].Extent;
        if (!node.Op.IsStandard && node.Input(MicrosoftBias) is { } bias) keys = builder.Op("Add", [keys, builder.Op("Slice", [bias, spread.Ints(width), spread.Ints(2 * width)])]);
        return spread.Reshape(keys, [0, tokens, heads, width / heads]);
    }

    /// <summary>Adds a number for each key to the scores of all queries: [B, keys, 1] spread over [B, 1, queries, keys].</summary>
    public static void Weigh(Node node, Value numbers, long queries, long keys, GraphBuilder builder, SizeSpread spread)
    {
        var row = spread.Reshape(numbers, [-1, 1, 1, keys]);
        var slot = node.Op.IsStandard ? StandardScores : MicrosoftScores;
        while (node.InputCount <= slot) node.AddInput(null);
        node.SetInput(slot, builder.Op("Expand", [row, spread.Ints(1, 1, queries, 1)]));
    }

    /// <summary>Where the tokens of the queries go; keys and values have to be the same tokens.</summary>
    public static TokenLayout? Pass(Node node, IReadOnlyList<TokenLayout?> inputs, out bool weighs)
    {
        weighs = false;
        if (Heads(node) is null || inputs[0] is not { } queries || !queries.IsTokens(1)) return null;
        var (keys, values) = (inputs[Keys], inputs[Values]);
        if (keys?.IsTokens(1) != true || values?.IsTokens(1) != true || keys.Axes[1][0] != values.Axes[1][0]) return null;
        weighs = keys.IsMergedOn(1);
        return queries.With(2, TokenLayout.Plain(node.Output.Shape is { Rank: 3 } shape ? shape[2] : Dim.Unknown));
    }
}
