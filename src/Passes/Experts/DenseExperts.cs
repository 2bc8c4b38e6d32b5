using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>Every expert computed for every token, then <c>ReduceSum(outputs·weights)</c> over the experts.</summary>
static class DenseExperts
{
    /// <summary>The layer that a sum over experts is; a reason where it looks like one and is none.</summary>
    public static (FoundExperts? Found, string? Reason) Read(Node sum)
    {
        if (!sum.Op.Is("ReduceSum") || sum.Attributes.Int("keepdims", 1) != 0 || RoutingView.AxesOf(sum) is not [var axis] || axis is not (0 or 1 or -3 or -2)) return default;
        if (sum.Input(0)?.Producer is not { } product || !product.Op.Is("Mul")) return default;
        var first = axis is 0 or -3;
        for (var slot = 0; slot < 2; slot++)
        {
            if (product.Input(slot) is not { } outputs || product.Input(1 - slot) is not { } weights) continue;
            RoutingAxis[] layout = first ? [RoutingAxis.Expert, RoutingAxis.Token, RoutingAxis.One] : [RoutingAxis.Token, RoutingAxis.Expert, RoutingAxis.One];
            if (RouterOf(weights, layout) is not { } router) continue;
            var found = first ? Batched(outputs, router) : (Grouped(outputs, router), null);
            if (found == default) found = Stacked(outputs, router, first ? 0 : 1);
            if (found != default) return found;
        }
        return default;
    }

    // Follows the weights up to a value that holds them as a matrix.
    static FoundExperts.Routing? RouterOf(Value weights, RoutingAxis[] layout)
    {
        var axes = layout.ToList();
        for (var value = weights; ; value = value.Producer!.Input(0)!)
        {
            if (RoutingView.Of(value) is { Weights: { } chosen, Expert: null } view && view.Axes.SequenceEqual(axes)) return new(view.Indices, chosen, false);
            if (axes is [RoutingAxis.Token, RoutingAxis.Expert]) return new(null, value, false);
            if (value.Producer is not { Op.IsStandard: true } node || node.Input(0) is null) return null;
            if (node.Op.Name == "Unsqueeze" && RoutingView.AxesOf(node) is [var added] && axes[(int)(added < 0 ? added + axes.Count : added)] == RoutingAxis.One) axes.RemoveAt((int)(added < 0 ? added + axes.Count : added));
            else if (node.Op.Name == "Transpose" && node.Attributes.Ints("perm") is { } perm && perm.Length == axes.Count) axes = [.. Enumerable.Range(0, axes.Count).Select(i => axes[perm.IndexOf(i)])];
            else if (axes is [RoutingAxis.Expert, RoutingAxis.Token]) return new(null, value, true);
            else if (node.Op.Name is not ("Cast" or "Identity")) return null;
        }
    }

    // Products with stacks of matrices, [E, T, O].
    static (FoundExperts?, string?) Batched(Value outputs, FoundExperts.Routing router)
    {
        if (LinearMap.Of(outputs) is not { Weight.Dims.Length: 3 }) return default;
        var (network, reason) = ExpertNetwork.Of(outputs);
        if (network is null) return (null, reason);
        if (network.Up.Weight.Dims.Length != 3 || network.Gate is { Weight.Dims.Length: not 3 }) return (null, "a layer has one matrix for all experts");
        if (Tokens(network.Input) is not { } input) return (null, "the experts have different inputs");
        return (new(network.Form, input, router, network.Gate is null ? null : Whole(network.Gate), Whole(network.Up), Whole(network.Down), [network]), null);
    }

    // x, [T, H], as it stands for every expert.
    static Value? Tokens(Value value)
    {
        while (value.Producer is { } node && node.Op.Name is "Expand" or "Tile" && node.Input(0) is { } inner) value = inner;
        if (value.Producer is { } unsqueeze && unsqueeze.Op.Is("Unsqueeze") && RoutingView.AxesOf(unsqueeze) is [0]) return unsqueeze.Input(0);
        return value.Shape?.Rank == 2 ? value : null;
    }

    static StackedMap Whole(LinearMap map)
    {
        var (matrix, bias) = (map.Matrix, map.Bias);
        var (experts, outputs) = ((int)matrix.Dims[0], (int)matrix.Dims[2]);
        return new(matrix, bias is null ? null : ExpertTensor.Pick(bias, [experts, 1, outputs], i => i % (int)bias.ElementCount), map.IsPlain ? map.Source : null);
    }

    // One wide layer whose outputs are parted among the experts, and a convolution of groups behind it, [T, E, O].
    static FoundExperts? Grouped(Value outputs, FoundExperts.Routing router)
    {
        var value = outputs;
        while (value.Producer is { } shaped && shaped.Op.Name is "Reshape" or "Squeeze" && shaped.Input(0) is { } inner) value = inner;
        if (value.Producer is not { } conv || !conv.Op.Is("Conv") || conv.Input(1)?.Constant is not { Dims: [var all, var width, 1] } weights || !ExpertTensor.IsSupported(weights)) return null;
        if (conv.Attributes.Int("group", 1) is not { } group || group < 2 || all % group != 0 || conv.Attributes.Ints("pads") is { } pads && pads.Any(p => p != 0)) return null;
        if (outputs.Shape is not { Rank: 3 } shape || !shape[1].IsFixed || shape[1].Extent != group) return null;
        if (conv.Input(0)?.Producer is not { } unsqueeze || !unsqueeze.Op.Is("Unsqueeze") || RoutingView.AxesOf(unsqueeze) is not [-1 or 2]) return null;
        var (experts, each) = ((int)group, (int)(all / group));
        if (conv.Input(2) is { } offset && offset.Constant is null) return null;
        if (ExpertNetwork.Before(unsqueeze.Input(0)!) is not var (activation, up) || up.Weight.Dims.Length != 2 || up.Outputs != width * group) return null;
        var first = up.Matrix;
        var (height, wide) = ((int)first.Dims[0], (int)width);
        var matrix = ExpertTensor.Pick(first, [experts, height, wide], i => i / wide % height * wide * experts + i / (wide * height) * wide + i % wide);
        var down = ExpertTensor.Transpose(ExpertTensor.Reshape(weights, experts, each, width));
        return new(new(activation, false), up.Input, router, null,
            new(matrix, up.Bias is { } b ? ExpertTensor.Reshape(b, experts, 1, wide) : null, null),
            new(down, conv.Input(2)?.Constant is { } c ? ExpertTensor.Reshape(c, experts, 1, each) : null, null), []);
    }

    // Outputs of networks that stand one after the other, stacked.
    static (FoundExperts?, string?) Stacked(Value outputs, FoundExperts.Routing router, int axis)
    {
        if (outputs.Producer is not { } concat || !concat.Op.Is("Concat") || concat.Attributes.Int("axis") is not { } along || (along < 0 ? along + 3 : along) != axis) return default;
        var terms = new List<ExpertTerm>();
        foreach (var part in concat.Inputs)
        {
            if (part?.Producer is not { } unsqueeze || !unsqueeze.Op.Is("Unsqueeze") || RoutingView.AxesOf(unsqueeze) is not [var added] || (added < 0 ? added + 3 : added) != axis) return default;
            if (ExpertNetwork.Of(unsqueeze.Input(0)!) is not { Network: { } network }) return default;
            terms.Add(new(terms.Count, network.Input, network, router.Indices, router.Weights));
        }
        var (found, reason) = UnrolledExperts.Read(terms);
        return found is null ? (null, reason) : (found with { Router = router }, null);
    }
}
