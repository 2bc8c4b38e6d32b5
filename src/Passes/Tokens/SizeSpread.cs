using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>Values made for numbers of tokens that differ from block to block.</summary>
/// <param name="builder">Makes nodes.</param>
/// <param name="counts">Tokens after so many merges; the first are those of the model as it was.</param>
sealed class SizeSpread(GraphBuilder builder, IReadOnlyList<long> counts)
{
    /// <summary>How many a factor counts now; -1 when that is not fixed.</summary>
    public long Extent(AxisFactor factor) => factor.IsToken ? counts[factor.Stage] - factor.Start : factor.Extent;

    /// <summary>The extent of an axis; -1 when it is not fixed.</summary>
    public long Extent(IEnumerable<AxisFactor> factors) => factors.Aggregate(1L, (product, f) => product < 0 || Extent(f) < 0 ? -1 : product * Extent(f));

    public Value Reshape(Value value, IEnumerable<long> extents) => builder.Op("Reshape", [value, builder.Constant(TensorData.Int64s([.. extents]))]);

    public Value Transpose(Value value, params long[] permutation) =>
        permutation.SequenceEqual(Enumerable.Range(0, permutation.Length).Select(i => (long)i)) ? value : builder.Op("Transpose", [value], ("perm", permutation));

    /// <summary>
    /// Lets a number for each token, [B, tokens, 1], spread over a value: the axes that count its tokens and samples have their extents, where
    /// heads or queries are joined with samples these are repeated, and all others have an extent of one.
    /// </summary>
    public Value Spread(Value numbers, TokenLayout layout, int axis)
    {
        var tokens = layout.Axes[axis][0];
        if (tokens.Start > 0) numbers = builder.Op("Slice", [numbers, Ints(tokens.Start), Ints(long.MaxValue), Ints(1)]);
        var flat = layout.Axes.SelectMany((factors, a) => factors.Select(f => (Factor: f, Axis: a))).ToList();
        var batch = flat.FindIndex(f => f.Factor.Kind == FactorKind.Batch);
        var own = flat.FindIndex(f => f.Axis == axis);
        if (batch > own) numbers = Transpose(numbers, 1, 0, 2);
        // Each factor on an axis of its own first.
        var split = flat.Select((f, i) => i == own ? Extent(tokens) : i == batch ? f.Factor.Extent : 1).ToList();
        if (flat.Exists(IsJoined))
        {
            numbers = Reshape(numbers, split);
            numbers = builder.Op("Expand", [numbers, Ints([.. flat.Select(f => IsJoined(f) ? Extent(f.Factor) : 1)])]);
        }
        return Reshape(numbers, layout.Axes.Select((factors, a) => a == axis ? Extent(tokens) : factors.Any(f => f.Kind == FactorKind.Batch) ? Extent(factors) : 1));

        bool IsJoined((AxisFactor Factor, int Axis) f) => f.Factor.Kind != FactorKind.Batch && f.Axis != axis && layout.Axes[f.Axis].Any(o => o.Kind == FactorKind.Batch);
    }

    /// <summary>Sums of the keys over heads, [B, tokens, width of a head]; the direction is that of the mean.</summary>
    public Value Metric(Value keys, TokenLayout layout, int widthAxis)
    {
        var flat = layout.Axes.SelectMany((factors, a) => factors.Select(f => (Factor: f, IsWidth: a == widthAxis))).ToList();
        if (layout.Axes.Any(a => a.Length != 1)) keys = Reshape(keys, flat.Select(f => Extent(f.Factor)));
        long[] heads = [.. flat.Select((f, i) => f.Factor.Kind == FactorKind.Other && !f.IsWidth ? i : -1L).Where(i => i >= 0)];
        if (heads.Length > 0) keys = builder.Op("ReduceSum", [keys, Ints(heads)], ("keepdims", 0L));
        var left = flat.Where((_, i) => !heads.Contains(i)).ToList();
        var order = left.Select((f, i) => (f.Factor.Kind switch { FactorKind.Batch => 0, FactorKind.Token => 1, _ => 2 }, i)).Order().Select(p => (long)p.i).ToArray();
        keys = Transpose(keys, order);
        if (left.Count == 3 && left.Exists(f => f.Factor.Kind == FactorKind.Batch)) return keys;
        var batch = left.Where(f => f.Factor.Kind == FactorKind.Batch).Select(f => f.Factor.Extent).FirstOrDefault(1);
        return Reshape(keys, [batch, Extent(left.Find(f => f.Factor.IsToken).Factor), Extent(left.Where(f => f.IsWidth).Select(f => f.Factor))]);
    }

    /// <summary>Sums of attention over heads and queries, [B, tokens].</summary>
    public Value Received(Node softmax, TokenLayout layout)
    {
        var (attention, axis) = (softmax.Output, (int)(softmax.Attributes.Int("axis", -1) ?? -1));
        if (axis < 0) axis += layout.Rank;
        var flat = layout.Axes.SelectMany((factors, a) => factors.Select(f => (Factor: f, Axis: a))).ToList();
        if (layout.Axes.Any(a => a.Length != 1)) attention = Reshape(attention, flat.Select(f => Extent(f.Factor)));
        long[] reduced = [.. flat.Select((f, i) => f.Factor.Kind != FactorKind.Batch && f.Axis != axis ? i : -1L).Where(i => i >= 0)];
        var sums = builder.Op("ReduceSum", [attention, Ints(reduced)], ("keepdims", 0L));
        var batch = flat.Where(f => f.Factor.Kind == FactorKind.Batch).Select(f => f.Factor.Extent).FirstOrDefault(1);
        return Reshape(sums, [batch, Extent(layout.Axes[axis])]);
    }

    public Value Ints(params long[] numbers) => builder.Constant(TensorData.Int64s(numbers));
}
