using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>Shapes of the outputs of a node from what is known of its inputs.</summary>
sealed class ShapeTransfer(ShapeAnalysis analysis)
{
    static readonly HashSet<string> Unary = new(StringComparer.Ordinal)
    {
        "Abs", "Acos", "Asin", "Atan", "BatchNormalization", "BitwiseNot", "Cast", "CastLike", "Ceil", "Celu", "Clip", "Cos", "Cosh", "CumSum",
        "DequantizeLinear", "Dropout", "Elu", "Erf", "Exp", "Floor", "Gelu", "GroupNormalization", "HardSigmoid", "HardSwish", "Hardmax",
        "Identity", "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LayerNormalization", "LeakyRelu", "Log", "LogSoftmax", "LpNormalization",
        "MeanVarianceNormalization", "Mish", "Neg", "Not", "PRelu", "QuantizeLinear", "RMSNormalization", "Reciprocal", "Relu", "Round", "ScatterElements",
        "ScatterND", "Selu", "Shrink", "Sigmoid", "Sign", "SimplifiedLayerNormalization", "Sin", "Sinh", "Softmax", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh",
        "ThresholdedRelu", "Trilu",
    };

    static readonly HashSet<string> Contrib = new(StringComparer.Ordinal)
    {
        "BiasGelu", "FastGelu", "Gelu", "QuickGelu", "SimplifiedLayerNormalization", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization",
    };

    static readonly HashSet<string> Elementwise = new(StringComparer.Ordinal)
    {
        "Add", "And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual",
        "Max", "Mean", "Min", "Mod", "Mul", "Or", "Pow", "Sub", "Sum", "Where", "Xor",
    };

    SymbolTable Symbols => analysis.Symbols;

    /// <summary>One entry per output, from the first on; null where nothing can be said.</summary>
    public IReadOnlyList<ImmutableArray<SymbolicInt>?> Apply(Node node, bool isLive)
    {
        if (node.Outputs.IsEmpty) return [];
        if (node.Op.Domain == "com.microsoft") return [Contrib.Contains(node.Op.Name) ? Input(node) : node.Op.Name == "FusedMatMul" ? FusedMatMul(node) : node.Op.Name == "MatMulNBits" ? MatMulNBits(node) : null];
        if (node.Op.Domain.Length > 0) return [];
        if (node.Op.Name == "Split") return Split(node);
        if (node.Op.Name == "TopK") return TopK(node);
        if (Unary.Contains(node.Op.Name)) return [Input(node)];
        if (Elementwise.Contains(node.Op.Name)) return [Broadcast(node, isLive)];
        return [Compute(node)];
    }

    ImmutableArray<SymbolicInt>? Compute(Node node) => node.Op.Name switch
    {
        "Reshape" => ReshapeRule.OutputOf(analysis, node),
        "Transpose" => Transpose(node),
        "MatMul" => MatMul(node),
        "Gemm" => Gemm(node),
        "Gather" => Gather(node),
        "OneHot" => OneHot(node),
        "GatherElements" => Input(node, 1),
        "Slice" => Slice(node),
        "Concat" => Concat(node),
        "Unsqueeze" => Unsqueeze(node),
        "Squeeze" => Squeeze(node),
        "Flatten" => Flatten(node),
        "Expand" => Expand(node),
        "Tile" => Tile(node),
        "Pad" => Pad(node),
        "ConstantOfShape" => analysis.ElementsOf(node.Input(0)) is { IsScalar: false } dims ? dims.Elements : null,
        "Shape" => Input(node) is { } shape && !node.Attributes.Has("start") && !node.Attributes.Has("end") ? [SymbolicInt.Of(shape.Length)] : null,
        "Size" => [],
        "ArgMax" or "ArgMin" => ReduceAxes(node, [node.Attributes.Int("axis", 0)]),
        "GlobalAveragePool" or "GlobalMaxPool" =>
            Input(node) is { Length: >= 2 } x ? [x[0], x[1], .. Enumerable.Repeat(SymbolicInt.One, x.Length - 2)] : null,
        "Conv" => ConvolutionShape.Of(analysis, node),
        var name when name.StartsWith("Reduce", StringComparison.Ordinal) => Reduce(node),
        _ => null,
    };

    ImmutableArray<SymbolicInt>? Input(Node node, int slot = 0) => analysis.ShapeOf(node.Input(slot));

    // What a node demands of its inputs counts beyond what depends on it only if it is sure to run.
    ImmutableArray<SymbolicInt>? Broadcast(Node node, bool isLive)
    {
        if (node.Attributes.Has("broadcast") || node.Graph.Opsets[""] < 7) return null;
        ImmutableArray<SymbolicInt>? joined = [];
        for (var i = 0; i < node.InputCount && joined is { } so; i++) joined = Input(node, i) is { } next ? Join(so, next, isLive) : null;
        return joined;
    }

    ImmutableArray<SymbolicInt> Join(ImmutableArray<SymbolicInt> a, ImmutableArray<SymbolicInt> b, bool learn = false)
    {
        if (a.Length < b.Length) (a, b) = (b, a);
        var offset = a.Length - b.Length;
        var news = false;
        for (var axis = offset; learn && axis < a.Length; axis++) news |= Symbols.Learn(a[axis], b[axis - offset]);
        if (news) (a, b) = ([.. a.Select(Symbols.Review)], [.. b.Select(Symbols.Review)]);
        return [.. a.Select((extent, axis) => axis < offset ? extent : Symbols.Join(extent, b[axis - offset]))];
    }

    ImmutableArray<SymbolicInt>? Transpose(Node node)
    {
        if (Input(node) is not { } x) return null;
        if (!node.Attributes.Has("perm")) return [.. x.Reverse()];
        if (node.Attributes.Ints("perm") is not { } perm || perm.Length != x.Length || perm.Any(p => p < 0 || p >= x.Length)) return null;
        return [.. perm.Select(p => x[(int)p])];
    }

    ImmutableArray<SymbolicInt>? MatMul(Node node)
    {
        if (Input(node) is not { Length: >= 1 } a || Input(node, 1) is not { Length: >= 1 } b) return null;
        var batch = Join(a.Length > 2 ? a[..^2] : [], b.Length > 2 ? b[..^2] : []);
        if (a.Length > 1) batch = batch.Add(a[^2]);
        return b.Length > 1 ? batch.Add(b[^1]) : batch;
    }

    // With `transA` or `transB` the last two axes are exchanged before the product.
    ImmutableArray<SymbolicInt>? FusedMatMul(Node node)
    {
        if (Input(node) is not { Length: >= 2 } a || Input(node, 1) is not { Length: >= 2 } b) return null;
        if (node.Attributes.Int("transBatchA", 0) != 0 || node.Attributes.Int("transBatchB", 0) != 0) return null;
        if (node.Attributes.Int("transA", 0) is not { } flipA || node.Attributes.Int("transB", 0) is not { } flipB) return null;
        return Join(a[..^2], b[..^2]).Add(a[flipA == 0 ? ^2 : ^1]).Add(b[flipB == 0 ? ^1 : ^2]);
    }

    ImmutableArray<SymbolicInt>? MatMulNBits(Node node) =>
        Input(node) is { Length: >= 1 } a && node.Attributes.Int("N") is { } columns ? a.SetItem(a.Length - 1, SymbolicInt.Of(columns)) : null;

    ImmutableArray<SymbolicInt>? Gemm(Node node)
    {
        if (Input(node) is not { Length: 2 } a || Input(node, 1) is not { Length: 2 } b) return null;
        if (node.Attributes.Int("transA", 0) is not { } flipA || node.Attributes.Int("transB", 0) is not { } flipB) return null;
        return [a[flipA == 0 ? 0 : 1], b[flipB == 0 ? 1 : 0]];
    }

    ImmutableArray<SymbolicInt>? Gather(Node node)
    {
        if (Input(node) is not { } x || Input(node, 1) is not { } indices) return null;
        if (Axis(node.Attributes.Int("axis", 0), x.Length) is not { } axis) return null;
        return [.. x[..axis], .. indices, .. x[(axis + 1)..]];
    }

    static int? Axis(long? axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis).Value : null;

    /// <summary>Distinct axes, ascending; null when they are not known or out of range.</summary>
    static int[]? Axes(IEnumerable<long>? axes, int rank)
    {
        var found = axes?.Select(a => Axis(a, rank)).ToList();
        if (found is null || found.Contains(null)) return null;
        var distinct = found.Select(a => a!.Value).Distinct().Order().ToArray();
        return distinct.Length == found.Count ? distinct : null;
    }

    ImmutableArray<SymbolicInt>? Slice(Node node)
    {
        if (Input(node) is not { } x || SliceBounds.Of(analysis, node, x.Length) is not { } bounds) return null;
        return [.. x.Select((extent, axis) => bounds[axis] is { } b ? b.Length(Symbols, extent) : extent)];
    }

    ImmutableArray<SymbolicInt>? Concat(Node node)
    {
        if (Input(node) is not { } first || Axis(node.Attributes.Int("axis"), first.Length) is not { } axis) return null;
        var result = first;
        for (var i = 1; i < node.InputCount; i++)
        {
            if (Input(node, i) is not { } next || next.Length != first.Length) return null;
            result = [.. result.Select((extent, a) => a == axis ? Symbols.Add(extent, next[a]) : Simpler(extent, next[a]))];
        }
        return result;
    }

    // Two expressions of one extent: a number tells most, then what was known first.
    static SymbolicInt Simpler(SymbolicInt a, SymbolicInt b) =>
        a.Constant is not null ? a : b.Constant is not null ? b
            : b.Single is { } later && (a.Single is not { } earlier || later.Id < earlier.Id) ? b : a;

    // Values and places.
    IReadOnlyList<ImmutableArray<SymbolicInt>?> TopK(Node node)
    {
        if (Input(node) is not { } x || Axis(node.Attributes.Int("axis", -1), x.Length) is not { } axis || analysis.ElementsOf(node.Input(1)) is not { Elements: [var count] }) return [];
        return [x.SetItem(axis, count), x.SetItem(axis, count)];
    }

    ImmutableArray<SymbolicInt>? OneHot(Node node) =>
        Input(node) is { } x && node.Attributes.Int("axis", -1) == -1 && analysis.ElementsOf(node.Input(1)) is { Elements: [var depth] } ? x.Add(depth) : null;

    ImmutableArray<SymbolicInt>? Unsqueeze(Node node)
    {
        if (Input(node) is not { } x || analysis.Integers(node, "axes", 1) is not { } given) return null;
        if (Axes(given, x.Length + given.Length) is not { } axes) return null;
        var result = x;
        foreach (var axis in axes) result = result.Insert(axis, SymbolicInt.One);
        return result;
    }

    ImmutableArray<SymbolicInt>? Squeeze(Node node)
    {
        if (Input(node) is not { } x) return null;
        if (!node.Attributes.Has("axes") && node.Input(1) is null)
        {
            // Which axes go depends on all extents.
            return x.All(e => e.Constant is not null || e.Minimum >= 2) ? [.. x.Where(e => !e.Is(1))] : null;
        }
        if (Axes(analysis.Integers(node, "axes", 1), x.Length) is not { } axes) return null;
        return [.. x.Where((_, axis) => !axes.Contains(axis))];
    }

    ImmutableArray<SymbolicInt>? Flatten(Node node)
    {
        if (Input(node) is not { } x || node.Attributes.Int("axis", 1) is not { } given || given < -x.Length || given > x.Length) return null;
        var axis = (int)(given < 0 ? given + x.Length : given);
        return [Product(x[..axis]), Product(x[axis..])];
    }

    SymbolicInt Product(ImmutableArray<SymbolicInt> factors) => factors.Aggregate(SymbolicInt.One, Symbols.Multiply);

    ImmutableArray<SymbolicInt>? Expand(Node node)
    {
        if (Input(node) is not { } x || analysis.ElementsOf(node.Input(1)) is not { IsScalar: false } target) return null;
        // What runtimes make of a negative extent is their own affair.
        return target.Elements.All(e => e.Minimum >= 0) ? Join(x, target.Elements) : null;
    }

    ImmutableArray<SymbolicInt>? Tile(Node node)
    {
        if (Input(node) is not { } x || analysis.ElementsOf(node.Input(1)) is not { } repeats || repeats.Length != x.Length) return null;
        return [.. x.Zip(repeats.Elements, Symbols.Multiply)];
    }

    ImmutableArray<SymbolicInt>? Pad(Node node)
    {
        if (Input(node) is not { } x || node.Input(3) is not null) return null;
        var pads = node.Attributes.Ints("pads") is { } given ? [.. given.Select(SymbolicInt.Of)] : analysis.ElementsOf(node.Input(1))?.Elements;
        if (pads is not { } p || p.Length != x.Length * 2) return null;
        return [.. x.Select((extent, axis) => Symbols.Add(extent, Symbols.Add(p[axis], p[axis + x.Length])))];
    }

    ImmutableArray<SymbolicInt>? Reduce(Node node)
    {
        if (node.Attributes.Has("axes") || node.Input(1) is not null)
            return analysis.Integers(node, "axes", 1) is { Length: > 0 } axes ? ReduceAxes(node, [.. axes.Select(a => (long?)a)]) : null;
        if (Input(node) is not { } x || node.Attributes.Int("noop_with_empty_axes", 0) != 0) return null;
        return ReduceAxes(node, [.. Enumerable.Range(0, x.Length).Select(a => (long?)a)]);
    }

    ImmutableArray<SymbolicInt>? ReduceAxes(Node node, long?[] given)
    {
        if (Input(node) is not { } x || given.Contains(null) || Axes(given.Select(a => a!.Value), x.Length) is not { } axes) return null;
        if (node.Attributes.Int("keepdims", 1) is not { } keep) return null;
        if (keep != 0) return [.. x.Select((extent, axis) => axes.Contains(axis) ? SymbolicInt.One : extent)];
        return [.. x.Where((_, axis) => !axes.Contains(axis))];
    }

    List<ImmutableArray<SymbolicInt>?> Split(Node node)
    {
        if (Input(node) is not { } x || Axis(node.Attributes.Int("axis", 0), x.Length) is not { } axis) return [];
        var lengths = node.Attributes.Ints("split") is { } given ? [.. given.Select(SymbolicInt.Of)] : analysis.ElementsOf(node.Input(1))?.Elements;
        var results = new List<ImmutableArray<SymbolicInt>?>();
        for (var i = 0; i < node.Outputs.Length; i++)
        {
            var length = lengths is { } l && i < l.Length ? l[i] : Symbols.Axis(node.Outputs[i], axis);
            if (lengths is null && node.Input(1) is null && x[axis].Constant is { } whole && whole % node.Outputs.Length == 0)
                length = SymbolicInt.Of(whole / node.Outputs.Length);
            results.Add(x.SetItem(axis, length));
        }
        return results;
    }
}
