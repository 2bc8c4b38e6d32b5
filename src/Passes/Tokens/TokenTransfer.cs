using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Operators;

namespace Onnxc.Passes.Tokens;

/// <summary>Where the tokens of a node's inputs are in its outputs, if the node keeps them apart.</summary>
sealed partial class TokenTransfer(TokenFlow flow, Node node, IReadOnlyList<TokenLayout?> inputs)
{
    const string Microsoft = "com.microsoft";

    static readonly HashSet<string> Pointwise = new(StringComparer.Ordinal)
    {
        "Abs", "Add", "And", "Ceil", "Celu", "Clip", "Cos", "Div", "Elu", "Equal", "Erf", "Exp", "Floor", "Gelu", "Greater", "GreaterOrEqual", "HardSigmoid",
        "HardSwish", "Identity", "IsInf", "IsNaN", "LeakyRelu", "Less", "LessOrEqual", "Log", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or",
        "PRelu", "Pow", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Swish", "Tan", "Tanh",
        "ThresholdedRelu", "Where", "Xor",
    };

    // The first input alone decides; others are types, rates or scales.
    static readonly HashSet<string> Unary = new(StringComparer.Ordinal) { "Cast", "CastLike", "Dropout", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear" };

    static readonly HashSet<string> MicrosoftPointwise = new(StringComparer.Ordinal) { "BiasGelu", "FastGelu", "Gelu", "QuickGelu" };
    static readonly HashSet<string> Rowwise = new(StringComparer.Ordinal) { "PolyNorm", "StatisticalTopK" };

    TokenLayout? First => inputs.Count > 0 ? inputs[0] : null;

    /// <summary>A layout for each output, none where it has no tokens; or the reason why the node cannot be passed.</summary>
    public (IReadOnlyList<TokenLayout?> Outputs, string? Reason) Apply()
    {
        var (op, domain) = (node.Op.Name, node.Op.Domain);
        if (domain == Microsoft) return ApplyMicrosoft(op);
        if (domain == OperatorLibrary.Domain) return Rowwise.Contains(op) ? Normalize(-1) : op == "LutMatMul" ? Weigh() : op is "BipartiteMerge" or "ModulatedMerge" ? Refuse("tokens are merged already") : Join();
        if (!node.Op.IsStandard) return Unknown();
        if (Pointwise.Contains(op)) return Join();
        if (Unary.Contains(op)) return Keep();
        return op switch
        {
            "LayerNormalization" or "RMSNormalization" => Normalize(node.Attributes.Int("axis", -1)),
            "LpNormalization" => NormalizeAlong(node.Attributes.Int("axis", -1)),
            "Softmax" or "LogSoftmax" => Softmax(),
            "BatchNormalization" => node.Attributes.Int("training_mode", 0) == 0 ? NormalizeAlong(1) : Unknown(),
            "MatMul" => Multiply(false, false),
            "Gemm" => Gemm(),
            "Conv" => Convolve(),
            "Transpose" => Transpose(),
            "Reshape" or "Flatten" => Reshape(),
            "Squeeze" or "Unsqueeze" => Reshape(),
            "Concat" => Concat(),
            "Split" => Split(),
            "Slice" => Slice(),
            "Gather" => Gather(),
            "Expand" => Expand(),
            "Shape" => Extents(),
            "Size" => ([null], null),
            "ReduceMean" or "ReduceSum" or "ReduceMax" or "ReduceMin" or "ReduceL1" or "ReduceL2" or "ReduceProd" or "ReduceSumSquare" or "ReduceLogSumExp" => Reduce(),
            "ArgMax" or "ArgMin" => Reduce(),
            "GlobalAveragePool" => Pool(),
            "Attention" => Attend(),
            _ => Unknown(),
        };
    }

    (IReadOnlyList<TokenLayout?>, string?) ApplyMicrosoft(string op)
    {
        if (MicrosoftPointwise.Contains(op)) return Join();
        if (SkipNormalization.Is(node)) return Skip();
        return op switch
        {
            "SimplifiedLayerNormalization" => Normalize(node.Attributes.Int("axis", -1)),
            "FusedMatMul" when node.Attributes.Int("transBatchA", 0) == 0 && node.Attributes.Int("transBatchB", 0) == 0 =>
                Multiply(node.Attributes.Int("transA", 0) != 0, node.Attributes.Int("transB", 0) != 0),
            "MatMulNBits" => Weigh(),
            "MultiHeadAttention" or "Attention" => Attend(),
            "QuantizeLinear" or "DequantizeLinear" => Keep(),
            _ => Unknown(),
        };
    }

    static (IReadOnlyList<TokenLayout?>, string?) Refuse(string reason) => ([], reason);

    (IReadOnlyList<TokenLayout?>, string?) Unknown() => Refuse($"`{node.Op.Name}` is not known to keep tokens apart");

    (IReadOnlyList<TokenLayout?>, string?) Keep()
    {
        if (First is not { } layout) return Refuse("tokens come in at an unusual place");
        // A scale for each channel of an axis; one for each token would be a constant that depends on places.
        if (node.Op.Name.EndsWith("QuantizeLinear", StringComparison.Ordinal) || node.Op.Name == "DequantizeLinear")
            if (node.Input(1) is { Shape: not { Rank: 0 } } && Axis(node.Attributes.Int("axis", 1), layout.Rank) is { } axis && layout.IsMergedOn(axis)) return Refuse("it has a scale for every token");
        return ([layout], null);
    }

    /// <summary>Spreads inputs over each other from the right.</summary>
    (IReadOnlyList<TokenLayout?>, string?) Join()
    {
        if (node.Output.Shape is not { } shape) return Refuse("a shape is not known");
        var (joined, reason) = Spread([.. Enumerable.Range(0, node.InputCount)], shape, 0);
        return reason is null ? ([joined], null) : Refuse(reason);
    }

    /// <summary>The layout of the axes of some inputs but the last <paramref name="without"/>, which are left plain.</summary>
    (TokenLayout? Layout, string? Reason) Spread(int[] slots, Shape shape, int without)
    {
        var axes = new ImmutableArray<AxisFactor>[shape.Rank];
        var masks = new SortedSet<int>();
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            axes[axis] = TokenLayout.Plain(shape[axis]);
            if (axis >= shape.Rank - without) continue;
            var parts = new List<(TokenLayout? Layout, Dim Dim, int Axis, int Slot)>();
            foreach (var slot in slots)
            {
                if (node.Input(slot) is not { } value) continue;
                if (value.Shape is not { } own) return (null, "a shape is not known");
                var at = axis - (shape.Rank - own.Rank);
                if (at >= 0) parts.Add((slot < inputs.Count ? inputs[slot] : null, own[at], at, slot));
            }
            var with = parts.Where(p => p.Layout?.Axes[p.Axis].Any(f => f.Kind != FactorKind.Other) == true).OrderByDescending(p => (p.Layout!.IsMergedOn(p.Axis), p.Layout.HasTokensOn(p.Axis))).ToList();
            if (with.Count == 0) continue;
            axes[axis] = with[0].Layout!.Axes[with[0].Axis];
            var isMerged = with.Exists(p => p.Layout!.IsMergedOn(p.Axis));
            foreach (var (layout, dim, at, slot) in parts)
            {
                if (!isMerged || dim is { IsFixed: true, Extent: 1 } || layout?.Axes[at].AsSpan().SequenceEqual(axes[axis].AsSpan()) == true) continue;
                if (layout is { IsMerged: false } && flow.Mask?.ValuesOf(node.Input(slot)!) is not null)
                {
                    masks.Add(slot);
                    continue;
                }
                if (node.Input(slot)!.Constant is { } constant && IsUniform(constant, at))
                {
                    flow.Add(new TokenSite.Uniform(node, slot, at));
                    continue;
                }
                return (null, node.Input(slot)!.Constant is not null ? "a constant has an entry for each token" : layout?.HasTokensOn(at) == true ? "tokens meet others that went through other merges"
                    : Obstacles.MakesScores(node) ? Obstacles.OfMask(node.Input(slot)!) : "a value from elsewhere has an entry for each token");
            }
        }
        var joined = new TokenLayout(axes.ToImmutableArray());
        foreach (var slot in masks)
            if (!TryHide(slot, joined)) return (null, "its mask has an entry for each pair of tokens, which does not tell what becomes of merged ones");
        return (joined, null);
    }

    // An operand that is made of the mask follows the tokens that it meets.
    bool TryHide(int slot, TokenLayout joined)
    {
        var own = inputs[slot]!;
        var places = Enumerable.Range(0, own.Rank).Where(own.HasTokensOn).ToList();
        if (places is not [var axis] || !own.IsTokens(axis) || joined.Axes[axis + joined.Rank - own.Rank] is not [{ IsMerged: true } tokens] || own.Axes[axis][0].Start != tokens.Start) return false;
        var (real, padding) = flow.Mask!.ValuesOf(node.Input(slot)!)!.Value;
        flow.Add(new TokenSite.Mask(node, slot, own.With(axis, tokens), axis, real, padding));
        return true;
    }

    // Of whole bytes an element.
    static bool IsUniform(TensorData data, int axis)
    {
        if (data.ElementCount == 0 || data.ByteLength % data.ElementCount != 0) return false;
        var bytes = data.Bytes;
        var entry = (int)(data.ByteLength / data.ElementCount);
        foreach (var extent in data.Dims.AsSpan()[(axis + 1)..]) entry *= (int)extent;
        var all = entry * (int)data.Dims[axis];
        for (var at = 0; at < bytes.Length; at += all)
            for (var other = entry; other < all; other += entry)
                if (!bytes.Slice(at, entry).SequenceEqual(bytes.Slice(at + other, entry))) return false;
        return true;
    }

    (IReadOnlyList<TokenLayout?>, string?) Normalize(long? axis)
    {
        if (First is not { } layout || Axis(axis, layout.Rank) is not { } first) return Unknown();
        for (var a = first; a < layout.Rank; a++)
            if (layout.HasTokensOn(a)) return Refuse("it normalizes over tokens");
        return ([layout], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) NormalizeAlong(long? axis) =>
        First is not { } layout || Axis(axis, layout.Rank) is not { } along ? Unknown() : layout.HasTokensOn(along) ? Refuse("it normalizes over tokens") : ([layout], null);

    (IReadOnlyList<TokenLayout?>, string?) Softmax()
    {
        if (First is not { } layout || Axis(node.Attributes.Int("axis", -1), layout.Rank) is not { } axis) return Unknown();
        if (layout.HasTokensOn(axis) && !layout.IsTokens(axis)) return Refuse("a softmax is over tokens and more");
        if (layout.IsMergedOn(axis)) flow.Add(new TokenSite.Weights(node, layout, axis));
        return ([layout], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Multiply(bool turnsLeft, bool turnsRight)
    {
        if (node.Input(0)?.Shape is not { Rank: >= 2 } a || node.Input(1)?.Shape is not { Rank: >= 2 } b || node.Output.Shape is not { } shape) return Refuse("a shape is not known");
        var (left, right) = (Of(0, a), Of(1, b));
        var (rows, inner) = turnsLeft ? (left.Axes[^1], left.Axes[^2]) : (left.Axes[^2], left.Axes[^1]);
        var (other, columns) = turnsRight ? (right.Axes[^1], right.Axes[^2]) : (right.Axes[^2], right.Axes[^1]);
        if (inner.Concat(other).Any(f => f.IsMerged) && !inner.AsSpan().SequenceEqual(other.AsSpan())) return Refuse("a product mixes tokens by weights of their places");
        var (joined, reason) = Spread([0, 1], shape, 2);
        if (joined is null) return Refuse(reason!);
        return ([joined.With(shape.Rank - 2, rows).With(shape.Rank - 1, columns)], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Skip()
    {
        if (SkipNormalization.ShowsStatistics(node)) return Refuse("an output beside the first is in use");
        if (node.Output.Shape is not { } shape) return Refuse("a shape is not known");
        var (joined, reason) = Spread([0, 1], shape, 0);
        if (joined is null) return Refuse(reason!);
        return joined.HasTokensOn(joined.Rank - 1) ? Refuse("it normalizes over tokens") : ([.. node.Outputs.Select(_ => joined)], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Attend()
    {
        if (FusedAttention.Pass(node, inputs) is not var (layout, keys)) return Refuse("an attention has a mask, a past, or keys from elsewhere");
        if (!keys.IsMergedOn(1)) return ([layout], null);
        if (FusedAttention.MaskOf(node) is { Constant: null } mask)
        {
            if (flow.LayoutOf(mask) is not { Rank: 2 } own || !own.IsTokens(1) || flow.Mask?.ValuesOf(mask) is not var (real, padding)) return Refuse(Obstacles.OfMask(mask));
            flow.Add(new TokenSite.Mask(node, FusedAttention.MaskSlot(node)!.Value, own.With(1, keys.Axes[1]), 1, real, padding));
        }
        flow.Add(new TokenSite.Weights(node, keys, 1));
        return ([layout], null);
    }

    TokenLayout Of(int slot, Shape shape) => inputs[slot] ?? new([.. shape.Dims.Select(TokenLayout.Plain)]);

    // A product with weights that are stored in an own form: only the last axis changes.
    (IReadOnlyList<TokenLayout?>, string?) Weigh()
    {
        if (First is not { } layout || node.Output.Shape is not { } shape || shape.Rank != layout.Rank) return Unknown();
        return layout.IsMergedOn(layout.Rank - 1) ? Refuse("a product mixes tokens by weights of their places") : ([layout.With(layout.Rank - 1, TokenLayout.Plain(shape[shape.Rank - 1]))], null);
    }

    // A product with weights that takes every place by itself.
    (IReadOnlyList<TokenLayout?>, string?) Convolve()
    {
        if (First is not { } layout || node.Output.Shape is not { } shape || node.Input(1)?.Shape is not { } kernel) return Unknown();
        if (layout.HasTokensOn(1) || kernel.Dims.Skip(2).Any(d => d is not { IsFixed: true, Extent: 1 })) return Refuse("a convolution mixes neighbouring tokens");
        if (node.Attributes.Ints("strides")?.Any(s => s != 1) == true || node.Attributes.Ints("pads")?.Any(p => p != 0) == true) return Refuse("tokens are picked out by their places");
        return ([layout.With(1, TokenLayout.Plain(shape[1]))], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Gemm()
    {
        var (outputs, reason) = Multiply(node.Attributes.Int("transA", 0) != 0, node.Attributes.Int("transB", 0) != 0);
        if (reason is not null || node.Input(2) is not { } bias) return (outputs, reason);
        var rank = bias.Shape?.Rank;
        var isRow = rank is 0 or 1 || (rank == 2 && bias.Shape![0] is { IsFixed: true, Extent: 1 });
        return isRow && outputs[0]?.IsMergedOn(1) != true ? (outputs, null) : Refuse("a constant has an entry for each token");
    }

    static int? Axis(long? axis, int rank) => axis is { } a && a >= -rank && a < rank ? (int)(a < 0 ? a + rank : a) : null;
}
