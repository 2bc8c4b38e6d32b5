using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>
/// A value that tells by zeros which expert was chosen for which token: a mask, 1 where it was, or its weight, however its axes were turned and picked.
/// </summary>
/// <param name="Indices">The chosen experts, [T, k].</param>
/// <param name="Weights">Their weights, [T, k]; null for a mask.</param>
/// <param name="Expert">The one expert that it tells of; null for all.</param>
sealed record RoutingView(ImmutableArray<RoutingAxis> Axes, Value Indices, Value? Weights, int? Expert)
{
    // Exporters do not nest deeper than that what they do to a mask.
    const int MostNodes = 16;

    public static RoutingView? Of(Value? value) => Of(value, MostNodes);

    static RoutingView? Of(Value? value, int left)
    {
        if (value?.Producer is not { Op.IsStandard: true } node || left == 0) return null;
        return node.Op.Name switch
        {
            "OneHot" => OneHot(node),
            "Equal" => Compared(node),
            "ScatterElements" => Scattered(node),
            "Mul" => Weighted(node, left),
            "MatMul" => Summed(node, left),
            "Cast" or "Identity" => Of(node.Input(0), left - 1),
            "Greater" or "Not" => null,
            _ => Of(node.Input(0), left - 1) is { } view ? view.Through(node, value.OutputIndex) : null,
        };
    }

    static RoutingView? OneHot(Node node)
    {
        if (node.Input(0) is not { } indices || !IsMatrix(indices) || node.Attributes.Int("axis", -1) is not (-1 or 2)) return null;
        if (!IsZeroThenOne(node.Input(2)?.Constant)) return null;
        return new([RoutingAxis.Token, RoutingAxis.Slot, RoutingAxis.Expert], indices, null, null);
    }

    static RoutingView? Compared(Node node)
    {
        for (var slot = 0; slot < 2; slot++)
            if (Integer(node.Input(slot)) is { } expert && node.Input(1 - slot) is { } indices && IsMatrix(indices)) return new([RoutingAxis.Token, RoutingAxis.Slot], indices, null, (int)expert);
        return null;
    }

    static RoutingView? Scattered(Node node)
    {
        if (node.Attributes.Int("axis", 0) is not (1 or -1) || node.Attributes.Has("reduction") || !IsZero(node.Input(0))) return null;
        return node.Input(1) is { } indices && node.Input(2) is { } weights && IsMatrix(indices) ? new([RoutingAxis.Token, RoutingAxis.Expert], indices, weights, null) : null;
    }

    // Mask [T, k, E] times weights [T, k, 1].
    static RoutingView? Weighted(Node node, int left)
    {
        for (var slot = 0; slot < 2; slot++)
        {
            if (Of(node.Input(slot), left - 1) is not { Weights: null, Expert: null } mask || node.Input(1 - slot)?.Producer is not { } unsqueeze) continue;
            if (mask.Axes is not [RoutingAxis.Token, RoutingAxis.Slot, RoutingAxis.Expert] || !unsqueeze.Op.Is("Unsqueeze") || AxesOf(unsqueeze) is not [-1 or 2]) continue;
            return mask with { Weights = unsqueeze.Input(0) };
        }
        return null;
    }

    // Weights [T, 1, k] times mask [T, k, E].
    static RoutingView? Summed(Node node, int left)
    {
        if (Of(node.Input(1), left - 1) is not { Weights: null, Expert: null, Axes: [RoutingAxis.Token, RoutingAxis.Slot, RoutingAxis.Expert] } mask) return null;
        if (node.Input(0)?.Producer is not { } unsqueeze || !unsqueeze.Op.Is("Unsqueeze") || AxesOf(unsqueeze) is not [1 or -2]) return null;
        return mask with { Axes = [RoutingAxis.Token, RoutingAxis.One, RoutingAxis.Expert], Weights = unsqueeze.Input(0) };
    }

    RoutingView? Through(Node node, int output)
    {
        var rank = Axes.Length;
        switch (node.Op.Name)
        {
            case "Transpose":
                var perm = node.Attributes.Ints("perm") ?? [.. Enumerable.Range(0, rank).Reverse().Select(i => (long)i)];
                return perm.Length == rank ? this with { Axes = [.. perm.Select(p => Axes[(int)p])] } : null;
            case "Unsqueeze":
                return AxesOf(node) is { } added ? this with { Axes = Inserted(added) } : null;
            case "Squeeze":
                var gone = (AxesOf(node) ?? [.. Enumerable.Range(0, rank).Where(i => Axes[i] == RoutingAxis.One).Select(i => (long)i)]).Select(a => Normal(a, rank)).ToHashSet();
                return gone.All(a => Axes[a] == RoutingAxis.One) ? this with { Axes = [.. Axes.Where((_, i) => !gone.Contains(i))] } : null;
            case "Gather":
                return Integer(node.Input(1)) is { } picked && Axis(node, 0) is { } axis ? Pick(axis, (int)picked, node.Input(1)!.Constant!.Dims.Length > 0) : null;
            case "Slice":
                return ConstantVector.Int64s(node.Input(1)) is [var start] && ConstantVector.Int64s(node.Input(2)) is [var end] && end == start + 1 && ConstantVector.Int64s(node.Input(3)) is [var sliced]
                    ? Pick(Normal(sliced, rank), (int)start, keep: true)
                    : null;
            case "Split":
                return Axis(node, 0) is { } split ? Pick(split, output, keep: true) : null;
            case "ReduceSum" or "ReduceMax":
                return Reduced(node, rank);
            default:
                return null;
        }
    }

    RoutingView? Pick(int axis, int index, bool keep)
    {
        if (axis >= Axes.Length || Axes[axis] != RoutingAxis.Expert || index < 0) return null;
        return this with { Expert = index, Axes = keep ? Axes.SetItem(axis, RoutingAxis.One) : Axes.RemoveAt(axis) };
    }

    // Summing over the slots leaves one weight, or one 1, for each pair of token and expert: an expert is chosen once at most.
    RoutingView? Reduced(Node node, int rank)
    {
        if (AxesOf(node) is not [var reduced] || Axes[Normal(reduced, rank)] != RoutingAxis.Slot) return null;
        var axis = Normal(reduced, rank);
        return this with { Axes = node.Attributes.Int("keepdims", 1) == 0 ? Axes.RemoveAt(axis) : Axes.SetItem(axis, RoutingAxis.One) };
    }

    int? Axis(Node node, long otherwise) => node.Attributes.Int("axis", otherwise) is { } axis ? Normal(axis, Axes.Length) : null;

    ImmutableArray<RoutingAxis> Inserted(IReadOnlyList<long> added)
    {
        var rank = Axes.Length + added.Count;
        var places = added.Select(a => Normal(a, rank)).ToHashSet();
        var rest = new Queue<RoutingAxis>(Axes);
        return [.. Enumerable.Range(0, rank).Select(i => places.Contains(i) ? RoutingAxis.One : rest.Dequeue())];
    }

    static int Normal(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);

    /// <summary>True when a node names one axis, this one.</summary>
    public static bool IsAlong(Node node, int axis, int rank) => AxesOf(node) is [var along] && Normal(along, rank) == axis;

    /// <summary>Axes that a node names by its second input, or by an attribute in older versions.</summary>
    public static IReadOnlyList<long>? AxesOf(Node node) => node.InputCount > 1 ? ConstantVector.Int64s(node.Input(1)) : node.Attributes.Ints("axes");

    /// <summary>A constant whole number.</summary>
    public static long? Integer(Value? value) => value?.Constant switch
    {
        { ElementCount: 1, Element: ElementType.Int64 } data => data.ToArray<long>()[0],
        { ElementCount: 1, Element: ElementType.Int32 } data => data.ToArray<int>()[0],
        _ => null,
    };

    /// <summary>True for zeros, however they are made.</summary>
    public static bool IsZero(Value? value)
    {
        for (var left = MostNodes; value is not null && left > 0; left--)
        {
            if (value.Constant is { } data and not (SparseTensor or StringTensor)) return data.Bytes.IndexOfAnyExcept((byte)0) < 0;
            if (value.Producer is not { Op.IsStandard: true } node) return false;
            if (node.Op.Name == "ConstantOfShape") return node.Attributes.Tensor("value") is not { } fill || fill.Bytes.IndexOfAnyExcept((byte)0) < 0;
            if (node.Op.Name is not ("Expand" or "Cast" or "CastLike" or "Identity" or "Reshape" or "Unsqueeze")) return false;
            value = node.Input(0);
        }
        return false;
    }

    /// <summary>True for what <c>OneHot</c> makes masks of.</summary>
    public static bool IsZeroThenOne(TensorData? values) => values is not (null or SparseTensor) && values.Element switch
    {
        ElementType.Int64 => values.ToArray<long>() is [0, 1],
        ElementType.Int32 => values.ToArray<int>() is [0, 1],
        ElementType.Bool => values.Bytes is [0, 1],
        _ => FloatingType.CanRead(values.Element) && values.Element != ElementType.BFloat16 && Fuse.FloatingTensor.Read(values) is [0, 1],
    };

    // Choices that were flattened to a row for each token; more axes would mean other layouts.
    static bool IsMatrix(Value value) => value.Shape?.Rank is 2 or null;
}
