using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Finds the constants that have to be multiplied for the channels of a value to be multiplied by positive factors: scale and bias of a normalization,
/// or weights of the product behind it. Between there may be what keeps factors as they are: the linear side of a gate (the up projection of a gated
/// FFN), ReLU, and the heads of an attention, whose probabilities mix values of one channel only (Tan et al., MobileQuant, 2024, section 3.1).
/// </summary>
sealed class ChannelTrace
{
    static readonly string[] Normalizations = ["LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"];

    readonly int channels;
    readonly List<(Node Node, int Slot, Func<int, int> ChannelOf)> constants = [];

    ChannelTrace(int channels) => this.channels = channels;

    /// <summary>
    /// Inputs that hold the constants, and the channel of each element; null when there are none, or when something else depends on what would
    /// change. Who uses <paramref name="value"/> itself is not looked at.
    /// </summary>
    public static IReadOnlyList<(Node Node, int Slot, Func<int, int> ChannelOf)>? Of(Value value, int channels)
    {
        var trace = new ChannelTrace(channels);
        return trace.Collect(value, [new(-1, channels)]) ? trace.constants : null;
    }

    /// <summary>An axis, counted from the end, over which channels extend.</summary>
    readonly record struct Extent(int Axis, long Count);

    // `axes`: where the channels are, the outermost first.
    bool Collect(Value value, Extent[] axes)
    {
        if (value.Producer is not { } node || !ReferenceEquals(node.Graph, value.Graph)) return false;
        var isLast = axes is [{ Axis: -1 }];
        if (node.Op.IsStandard && Normalizations.Contains(node.Op.Name))
            return isLast && !node.Outputs.Skip(1).Any(o => o.HasUses) && node.Input(1)?.Constant?.Dims.Length == 1 && Take(node, 1) && (node.Input(2) is null || Take(node, 2));
        return node.Op.IsStandard && node.Op.Name switch
        {
            "Mul" => (isLast && (Take(node, 1) || Take(node, 0))) || Either(node, axes),
            "Div" => Follow(node.Input(0), axes),
            "Add" => isLast && Both(node, axes),
            "Relu" => Follow(node.Input(0), axes),
            "Gemm" => isLast && Weights(node, node.Attributes.Int("transB", 0)) && (node.Input(2) is null || Take(node, 2)),
            "MatMul" => node.Input(1)?.Constant is not null ? isLast && Weights(node, 0) : Array.TrueForAll(axes, a => a.Axis != -2) && Follow(node.Input(1), axes),
            "Transpose" => Transposed(node, axes) is { } moved && Follow(node.Input(0), moved),
            "Reshape" => Reshaped(node, axes) is { } moved && Follow(node.Input(0), moved),
            _ => false,
        };
    }

    // Values that nothing else sees.
    bool Follow(Value? value, Extent[] axes) => value is { UseCount: 1, IsGraphOutput: false } && Collect(value, axes);

    // One factor of a product suffices. What was found on the way to a dead end is forgotten.
    bool Either(Node node, Extent[] axes)
    {
        var count = constants.Count;
        foreach (var input in node.Inputs)
        {
            if (Follow(input, axes)) return true;
            constants.RemoveRange(count, constants.Count - count);
        }
        return false;
    }

    bool Both(Node node, Extent[] axes)
    {
        for (var slot = 0; slot < node.InputCount; slot++)
            if (!Take(node, slot) && !Follow(node.Input(slot), axes)) return false;
        return true;
    }

    // One number for each channel of the last axis, for this node alone.
    bool Take(Node node, int slot)
    {
        if (!IsOwn(node.Input(slot)) || node.Input(slot)!.Constant is not { Dims.Length: > 0 } data || data.Dims[^1] != channels || data.ElementCount != channels) return false;
        constants.Add((node, slot, i => i));
        return true;
    }

    bool Weights(Node node, long? transposed)
    {
        if (!IsOwn(node.Input(1)) || node.Input(1)!.Constant is not { Dims.Length: 2 } data || transposed is not { } rows) return false;
        if (data.Dims[rows != 0 ? 0 : 1] != channels) return false;
        var reduced = (int)data.Dims[rows != 0 ? 1 : 0];
        constants.Add((node, 1, rows != 0 ? i => i / reduced : i => i % channels));
        return true;
    }

    static bool IsOwn(Value? value) => value is { UseCount: 1, Constant: { } data } && data is not SparseTensor && FloatingTensor.CanWrite(data.Element);

    static Extent[]? Transposed(Node node, Extent[] axes)
    {
        if (node.Attributes.Ints("perm") is not { } permutation || Array.Exists(axes, a => -a.Axis > permutation.Length)) return null;
        return Array.ConvertAll(axes, a => a with { Axis = (int)permutation[permutation.Length + a.Axis] - permutation.Length });
    }

    // Heads are split from the last axis, or become one with it.
    static Extent[]? Reshaped(Node node, Extent[] axes)
    {
        if (node.Input(0)?.Shape is not { } before || node.Output.Shape is not { } after || before.Rank == 0) return null;
        // The axes must be the last ones, in their order, and all of each.
        for (var i = 0; i < axes.Length; i++)
            if (axes[i].Axis != i - axes.Length || after.Rank < axes.Length || after[after.Rank + axes[i].Axis] is not { IsFixed: true, Extent: var extent } || extent != axes[i].Count) return null;
        var count = axes.Aggregate(1L, (product, a) => product * a.Count);
        var found = new List<Extent>();
        for (var axis = -1; count > 1; axis--)
        {
            if (-axis > before.Rank || before[before.Rank + axis] is not { IsFixed: true, Extent: > 0 and var extent } || count % extent != 0) return null;
            found.Insert(0, new(axis, extent));
            count /= extent;
        }
        return found.Count == 0 ? null : [.. found];
    }
}
