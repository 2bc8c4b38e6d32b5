using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Sparsity;

/// <summary>A feed-forward block whose weights can be sliced to some of its neurons.</summary>
/// <param name="Block">The block.</param>
/// <param name="Parts">Its weights.</param>
sealed record CoreBlock(FfnBlock Block, IReadOnlyList<CoreBlock.Part> Parts)
{
    /// <summary>A weight, where it is used, and its axis of neurons.</summary>
    public sealed record Part(Node User, int Slot, string Role, int Axis)
    {
        public Value Weight => User.Input(Slot)!;
    }

    /// <summary>The block with its weights, or why it cannot be sliced.</summary>
    public static (CoreBlock? Core, string? Reason) Of(FfnBlock block)
    {
        if (block.Down.Codes is not null || Coded(block.Before) || (block.Factor is not null && Coded(block.Factor))) return (null, "its weights are quantized: `quantize` after `sparsify`");
        var parts = new List<Part>();
        // Between the first products and the last one there must be nothing but neurons, each for itself.
        var inside = new HashSet<Node>(block.Activation);
        if (block.Factor is not null) inside.Add(block.Hidden.Producer!);
        foreach (var node in inside)
            if (node.Op.Name is "BiasGelu" || node.Inputs.Any(i => i?.Constant is { ElementCount: > 1 })) return (null, "its activation has a parameter for each neuron");
        if (!Add(block.Before, block.Factor is null ? "up" : "gate") || (block.Factor is not null && !Add(block.Factor, "up"))) return (null, "a bias does not lie along the neurons");
        parts.Add(new(block.Down.Node, 1, "down", block.Down.IsTransposed ? 0 : 1));
        foreach (var output in inside.SelectMany(n => n.Outputs))
            if (output.IsGraphOutput || output.Uses.Any(u => u.User is Node user && user != block.Down.Node && !inside.Contains(user))) return (null, "an interior value is used elsewhere");
        return (new(block, parts), null);

        static bool Coded(Value made) => FfnBlocks.Product(made)!.Codes is not null;

        bool Add(Value made, string role)
        {
            var product = FfnBlocks.Product(made)!;
            inside.Add(product.Node);
            parts.Add(new(product.Node, 1, role, product.IsTransposed ? 1 : 0));
            if (product.Bias is { } bias)
            {
                if (!LiesAlong(bias, out var axis)) return false;
                parts.Add(new(product.Node, 2, role + "_bias", axis));
            }
            if (made.Producer == product.Node) return true;
            inside.Add(made.Producer!);
            var slot = made.Producer!.Input(0)?.Constant is null ? 1 : 0;
            if (!LiesAlong(made.Producer.Input(slot)!, out var last)) return false;
            parts.Add(new(made.Producer, slot, role + "_bias", last));
            return true;
        }

        bool LiesAlong(Value bias, out int axis)
        {
            axis = (bias.Constant?.Dims.Length ?? 0) - 1;
            return axis >= 0 && bias.Constant!.Dims[axis] == block.Neurons;
        }
    }

    /// <summary>Elements of an axis of a tensor, in the order of places.</summary>
    public static TensorData Slice(TensorData data, int axis, IReadOnlyList<long> places)
    {
        var width = data.Element.BitWidth() / 8;
        var (outer, inner) = (1L, (long)width);
        for (var i = 0; i < axis; i++) outer *= data.Dims[i];
        for (var i = axis + 1; i < data.Dims.Length; i++) inner *= data.Dims[i];
        var bytes = new byte[checked(outer * places.Count * inner)];
        for (var o = 0L; o < outer; o++)
            for (var p = 0; p < places.Count; p++)
                data.Slice((o * data.Dims[axis] + places[p]) * inner, (int)inner).CopyTo(bytes.AsSpan((int)((o * places.Count + p) * inner)));
        return new DenseTensor(data.Element, data.Dims.SetItem(axis, places.Count), bytes);
    }

    /// <summary>Puts other weights in place; what lies between them has another extent.</summary>
    public void Exchange(Func<Part, Value> weights)
    {
        foreach (var part in Parts)
        {
            var old = part.Weight;
            part.User.SetInput(part.Slot, weights(part));
            ValueStore.RemoveUnused(old);
        }
        foreach (var value in new[] { Block.Before, Block.Hidden, Block.Factor }.OfType<Value>().Concat(Block.Activation.SelectMany(n => n.Outputs)))
        {
            value.SetType(null);
            if (FfnBlocks.Product(value)?.Node is { } product) product.Output.SetType(null);
        }
    }
}
