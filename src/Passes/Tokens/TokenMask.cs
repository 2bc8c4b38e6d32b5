using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>Tells real tokens from padding, which attention does not look at.</summary>
/// <param name="table">What is made of a mask with an entry for each token.</param>
/// <param name="padding">The entry of padding in it, 0 or 1.</param>
sealed class TokenMask(MaskTable table, int padding)
{
    // Weights of attention are nothing where scores are lower than others by so much.
    const double Hidden = -50;

    /// <summary>The mask, [samples, tokens].</summary>
    public Value Root => table.Root;

    public int Padding => padding;

    /// <summary>The mask of a block's attention; null where it has none that is known to be one.</summary>
    public static TokenMask? Of(TransformerBlock block, TokenFlow flow)
    {
        var found = block.IsFused ? OfFused(block.Softmax) : OfScores(block, flow);
        return found?.Root.Shape is { } shape && shape[1] is { IsFixed: true } count && count.Extent == block.Tokens
            && (!shape[0].IsFixed || shape[0] == block.Input.Shape![1 - block.TokenAxis]) ? found : null;
    }

    static TokenMask? OfFused(Node attention) =>
        FusedAttention.MaskOf(attention) is { Constant: null } mask && MaskTable.Of(mask) is { } table && table.ValuesOf(mask) is var (zero, one) && (zero == 0 || one == 0) ? new(table, zero == 0 ? 0 : 1) : null;

    // From the softmax back to the scores.
    static TokenMask? OfScores(TransformerBlock block, TokenFlow flow)
    {
        var (open, seen) = (new Queue<Node>(), new HashSet<Node> { block.Scores });
        if (block.Softmax.Input(0)?.Producer is { } first) open.Enqueue(first);
        while (open.TryDequeue(out var node))
        {
            if (!seen.Add(node)) continue;
            for (var slot = 0; slot < node.InputCount; slot++)
            {
                if (node.Input(slot) is not { Constant: null } value) continue;
                if (flow.LayoutOf(value) is null)
                {
                    if (MaskTable.Of(value) is { } table && PaddingOf(node, slot, table) is { } padding) return new(table, padding);
                }
                else if (value.Producer is { } producer) open.Enqueue(producer);
            }
        }
        return null;
    }

    static int? PaddingOf(Node node, int slot, MaskTable table)
    {
        if (table.ValuesOf(node.Input(slot)!) is not var (zero, one)) return null;
        if (node.Op.Is("Where") && slot == 0)
        {
            if (IsHidden(node.Input(1)!)) return zero == 1 ? 0 : 1;
            return IsHidden(node.Input(2)!) ? zero == 0 ? 0 : 1 : null;
        }
        if (node.Op.Is("Sub") && slot == 1) (zero, one) = (-zero, -one);
        else if (!node.Op.Is("Add")) return null;
        return zero <= Hidden && one > Hidden / 2 ? 0 : one <= Hidden && zero > Hidden / 2 ? 1 : null;
    }

    static bool IsHidden(Value value) => value.Constant is { } data && MaskTable.Uniform(data) <= Hidden;

    /// <summary>What a value is for real tokens and for padding; null where that is not all.</summary>
    public (double Real, double Padding)? ValuesOf(Value value) => table.ValuesOf(value) is not var (zero, one) ? null : padding == 0 ? (one, zero) : (zero, one);
}
