using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>What one expert adds to the sum: its output for the tokens that chose it, each times its weight.</summary>
/// <param name="Weights">Weights of the chosen experts, [T, k], or of all, [T, E], when <paramref name="Indices"/> is null.</param>
sealed record ExpertTerm(int Expert, Value Input, ExpertNetwork Network, Value? Indices, Value Weights)
{
    /// <summary>
    /// The term that is added at the tokens <paramref name="rows"/>; to all tokens when that is null.
    /// </summary>
    public static ExpertTerm? Of(Value update, Value? rows)
    {
        if (update.Producer is not { } product || !product.Op.Is("Mul")) return null;
        return Of(product.Input(0), product.Input(1), rows) ?? Of(product.Input(1), product.Input(0), rows);
    }

    static ExpertTerm? Of(Value? output, Value? weight, Value? rows)
    {
        if (output is null || weight is null) return null;
        if (rows is null)
        {
            return Column(weight) is var (all, expert) && ExpertNetwork.Of(output).Network is { } dense ? new(expert, dense.Input, dense, null, all) : null;
        }
        if (TokenSelection.Of(rows) is not (var mask, RoutingAxis.Token, var nonZero) || WeightAt(weight, nonZero) is not { } weights) return null;
        if (ExpertNetwork.Of(output).Network is not { } network || Gathered(network.Input, nonZero) is not { } input) return null;
        // Weights of the chosen come with the indices of the mask; weights of all are picked by the expert's number.
        if (weights.Expert is { } picked && picked != mask.Expert) return null;
        return new(mask.Expert!.Value, input, network, weights.Expert is null ? mask.Indices : null, weights.Value);
    }

    // Rows of x at the tokens: along the first axis, or the second behind one of extent 1.
    static Value? Gathered(Value value, Node nonZero)
    {
        var node = value.Producer;
        while (node is not null && (node.Op.Is("Reshape") || node.Op.Is("Squeeze"))) node = node.Input(0)?.Producer;
        if (node is null) return null;
        if (node.Op.Is("GatherND") && node.Attributes.Int("batch_dims", 0) == 0 && IsToken(node.Input(1), nonZero)) return node.Input(0);
        if (!node.Op.Is("Gather") || !IsToken(node.Input(1), nonZero)) return null;
        var axis = node.Attributes.Int("axis", 0);
        if (axis == 0) return node.Input(0);
        return axis == 1 && node.Input(0)?.Producer is { } unsqueeze && unsqueeze.Op.Is("Unsqueeze") && RoutingView.AxesOf(unsqueeze) is [0] ? unsqueeze.Input(0) : null;
    }

    static (Value Value, int? Expert)? WeightAt(Value weight, Node nonZero)
    {
        var value = weight;
        while (value.Producer is { } shaped && shaped.Op.Name is "Unsqueeze" or "Squeeze" or "Reshape" or "Cast" && shaped.Input(0) is { } inner) value = inner;
        if (value.Producer is not { } node) return null;
        if (node.Op.Is("GatherND") && node.Attributes.Int("batch_dims", 0) == 0 && node.Input(0) is { } table)
        {
            if (TokenSelection.Places(node.Input(1)) is var (mask, places)) return places == nonZero && mask.Axes is [RoutingAxis.Token, RoutingAxis.Slot] ? (table, null) : null;
            return node.Input(1)?.Producer is { } pair && pair.Op.Is("Concat") && pair.InputCount == 2 && IsToken(pair.Input(0), nonZero) && IsSlot(pair.Input(1), nonZero) ? (table, null) : null;
        }
        // A column of the weights of all, at the tokens.
        if (!node.Op.Is("Gather") || node.Attributes.Int("axis", 0) != 0 || !IsToken(node.Input(1), nonZero) || node.Input(0) is not { } column) return null;
        return Column(column) is var (all, expert) ? (all, expert) : null;
    }

    // One column of the weights of all experts, [T, E].
    static (Value All, int Expert)? Column(Value value)
    {
        while (value.Producer is { } shaped && shaped.Op.Name is "Unsqueeze" or "Squeeze" && shaped.Input(0) is { } inner) value = inner;
        if (value.Producer is not { } node || node.Input(0) is not { } all) return null;
        var rank = all.Shape?.Rank ?? 2;
        if (rank != 2) return null;
        if (node.Op.Is("Gather")) return node.Attributes.Int("axis", 0) is 1 or -1 && RoutingView.Integer(node.Input(1)) is { } index && index >= 0 ? (all, (int)index) : null;
        if (node.Op.Is("Split")) return node.Attributes.Int("axis", 0) is 1 or -1 ? (all, value.OutputIndex) : null;
        return node.Op.Is("Slice") && ConstantVector.Int64s(node.Input(1)) is [var start] && ConstantVector.Int64s(node.Input(2)) is [var end] && end == start + 1 && ConstantVector.Int64s(node.Input(3)) is [1 or -1]
            ? (all, (int)start)
            : null;
    }

    static bool IsToken(Value? value, Node nonZero) => TokenSelection.Of(value) is (_, RoutingAxis.Token, var from) && from == nonZero;

    static bool IsSlot(Value? value, Node nonZero) => TokenSelection.Of(value) is (_, RoutingAxis.Slot, var from) && from == nonZero;
}
