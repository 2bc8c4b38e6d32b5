using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Experts;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Sparsity;

/// <summary>Rows of a table that are fetched, multiplied by a weight each and added up: by a product, a sum, or <c>Einsum</c>.</summary>
sealed class GatheredRows(Node gather, ShapeAnalysis shapes)
{
    readonly Value rows = gather.Output, table = gather.Input(0)!, indices = gather.Input(1)!;

    /// <summary>The sum; why there is none where it looks like one.</summary>
    public (RowBag? Bag, string? Reason) Read()
    {
        if (gather.Attributes.Int("axis", 0) != 0 || shapes.ShapeOf(table) is not { Length: 2 } || shapes.ShapeOf(indices) is not { Length: > 0 } places) return default;
        if (table.ElementType is not (ElementType.Float or ElementType.Float16)) return default;
        string? reason = null;
        foreach (var user in rows.Uses.Select(u => u.Node).OfType<Node>().Where(n => ReferenceEquals(n.Graph, gather.Graph)).Distinct())
        {
            var (bag, why) = user.Op.IsStandard ? user.Op.Name switch
            {
                "Mul" => Weighed(user, places),
                "MatMul" => (Multiplied(user, places), null),
                "Einsum" => (Summed(user, places), null),
                "Reshape" => Sliced(user, places),
                _ => default,
            } : default;
            if (bag is not null) return (bag, null);
            reason ??= why;
        }
        return (null, reason);
    }

    // [.., K, D] times a column of weights, summed over K.
    (RowBag?, string?) Weighed(Node times, ImmutableArray<SymbolicInt> places)
    {
        if (Sum(times.Output, places.Length - 1, places.Length + 1) is not { } sum || Other(times, rows) is not { } weights) return default;
        if (Along(weights, [.. places, SymbolicInt.One], places) is not { } make) return (null, "there is not one weight for each row");
        return (new(indices, sum, [gather, times, sum], (b, i) => Kept(b, sum, b.Custom("WeightedEmbeddingBag", [make(b, -1), i, table]))), null);
    }

    // A row of weights, [.., 1, K], times [.., K, D].
    RowBag? Multiplied(Node product, ImmutableArray<SymbolicInt> places)
    {
        if (!ReferenceEquals(product.Input(1), rows) || product.Input(0) is not { } weights || Along(weights, places.Insert(places.Length - 1, SymbolicInt.One), places) is not { } make) return null;
        return new(indices, product, [gather, product], (b, i) => b.Op("Unsqueeze", [b.Custom("WeightedEmbeddingBag", [make(b, -2), i, table]), b.Int64s(-2)]));
    }

    // bk,bkd->bd, with whatever letters.
    RowBag? Summed(Node einsum, ImmutableArray<SymbolicInt> places)
    {
        if (einsum.InputCount != 2 || einsum.Attributes.Text("equation")?.Replace(" ", "", StringComparison.Ordinal).Split("->") is not [var from, var to] || from.Split(',') is not [var first, var second]) return null;
        var (ours, theirs, weights) = ReferenceEquals(einsum.Input(1), rows) ? (second, first, einsum.Input(0)) : (first, second, einsum.Input(1));
        if (ours.Length != places.Length + 1 || ours.Contains('.', StringComparison.Ordinal) || ours.Distinct().Count() != ours.Length || theirs != ours[..^1] || to != ours[..^2] + ours[^1]) return null;
        if (weights is null || ReferenceEquals(weights, rows) || shapes.ShapeOf(weights) is not { } shape || !shape.SequenceEqual(places)) return null;
        return new(indices, einsum, [gather, einsum], (b, i) => b.Custom("WeightedEmbeddingBag", [weights, i, table]));
    }

    // [.., K, C, D/C] times weights [.., K, C, 1]: every row is cut into slices, which have weights of their own.
    (RowBag?, string?) Sliced(Node reshape, ImmutableArray<SymbolicInt> places)
    {
        if (shapes.ShapeOf(reshape.Output) is not { } parts || parts.Length != places.Length + 2 || !parts[..^2].SequenceEqual(places) || parts[^2].Constant is not (> 0 and var slices) || parts[^1].Constant is not (> 0 and var width)) return default;
        if (shapes.ShapeOf(table)!.Value[1].Constant != slices * width) return default;
        foreach (var times in reshape.Output.Uses.Select(u => u.Node).OfType<Node>().Where(n => n.Op.Is("Mul")))
        {
            if (Sum(times.Output, places.Length - 1, places.Length + 2) is not { } sum || Other(times, reshape.Output) is not { } weights) continue;
            var (spread, column) = (parts[..^1], parts[..^1].Add(SymbolicInt.One));
            if (table.Constant is not { } data || data.ByteLength > int.MaxValue) return (null, "the table is not constant, or larger than 2 GiB");
            if (Along(weights, column, spread) is not { } make) return (null, "there is not one weight for each slice of a row");
            return (new(indices, sum, [gather, reshape, times, sum], (b, i) => Kept(b, sum, Write(b, i, make(b, -1)))), null);

            Value Write(GraphBuilder b, Value at, Value factors)
            {
                // Slices are rows of a narrower table: of row i those from i·C on.
                var first = b.Op("Mul", [b.Op("Unsqueeze", [at, b.Int64s(-2)]), b.Constant(TensorData.Scalar(slices))]);
                var offsets = b.Constant(TensorData.Of<long>(ElementType.Int64, [slices, 1], [.. Enumerable.Range(0, (int)slices).Select(i => (long)i)]));
                var turned = b.Op("Transpose", [factors], ("perm", new IntsAttribute([.. Enumerable.Range(0, places.Length - 1).Select(i => (long)i), places.Length, places.Length - 1])));
                return b.Custom("WeightedEmbeddingBag", [turned, b.Op("Add", [first, offsets]), b.Constant(ExpertTensor.Reshape(data, data.Dims[0] * slices, width))]);
            }
        }
        return default;
    }

    // The sum over one axis that uses a value.
    Node? Sum(Value value, int axis, int rank) => value.Uses.Select(u => u.Node).OfType<Node>().FirstOrDefault(n =>
        n.Op.Is("ReduceSum") && ReferenceEquals(n.Graph, gather.Graph) && RoutingView.IsAlong(n, axis, rank));

    static Value? Other(Node times, Value value) => ReferenceEquals(times.Input(0), value) ? times.Input(1) : times.Input(0);

    static Value Kept(GraphBuilder b, Node sum, Value bag) => sum.Attributes.Int("keepdims", 1) == 0 ? bag : b.Op("Unsqueeze", [bag, b.Int64s(RoutingView.AxesOf(sum)![0])]);

    // Weights of one shape as those of another, which lacks an axis.
    Func<GraphBuilder, int, Value>? Along(Value weights, ImmutableArray<SymbolicInt> shape, ImmutableArray<SymbolicInt> wanted)
    {
        if (shapes.ShapeOf(weights) is not { } has || !has.SequenceEqual(shape)) return null;
        if (weights.Producer is { } added && added.Op.Name is "Unsqueeze" or "Reshape" && added.Op.IsStandard && shapes.ShapeOf(added.Input(0)) is { } before && before.SequenceEqual(wanted)) return (_, _) => added.Input(0)!;
        return (b, axis) => b.Op("Squeeze", [weights, b.Int64s(axis)]);
    }
}
