using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;
using Onnxc.Passes.Fuse.Algebra;

namespace Onnxc.Passes.Activations;

/// <summary>A layer of AF-KAN, read from its end: <c>act(norm(reduce(φ(x))))·W + b</c>.</summary>
sealed class AfKanLayer
{
    readonly LinearMap map;
    readonly HashSet<Node> nodes = [];
    RowAffine? affine;
    LinearMap? score;
    double temperature = 1;

    AfKanLayer(LinearMap map) => this.map = map;

    /// <summary>What is reduced: [..., inputs, functions].</summary>
    public Value Functions { get; private set; } = null!;

    public Func<double, double> Hidden { get; private set; } = null!;

    public bool Attends { get; private set; }

    public Node Last => map.Output.Producer!;

    /// <summary>Nodes behind the functions.</summary>
    public IReadOnlyCollection<Node> Nodes => nodes;

    /// <summary>Null when what <paramref name="map"/> multiplies is no activation of such a reduction.</summary>
    /// <param name="functions">Of single numbers, by their outputs.</param>
    public static AfKanLayer? Of(LinearMap map, Dictionary<Value, PointwiseFunction> functions)
    {
        var layer = new AfKanLayer(map);
        return layer.ReadHidden(functions) is { } hidden && layer.ReadAffine(hidden) is { } reduced && (layer.ReadAttention(reduced) || layer.ReadLinear(reduced)) ? layer : null;
    }

    Value? ReadHidden(Dictionary<Value, PointwiseFunction> functions)
    {
        nodes.UnionWith(map.Nodes);
        if (functions.TryGetValue(map.Input, out var function))
        {
            nodes.UnionWith(function.Nodes);
            Hidden = function.Evaluate;
            return function.X;
        }
        if (map.Input.Producer is not { } relu || !relu.Op.Is("Relu")) return null;
        nodes.Add(relu);
        Hidden = x => Math.Max(0, x);
        return relu.Input(0);
    }

    Value? ReadAffine(Value value)
    {
        var node = value.Producer;
        affine = node is null ? null : node.Op.Is("LayerNormalization") ? RowAffine.OfNormalization(node, map.Reduced) : node.Op.Is("BatchNormalization") && value.Shape is { Rank: 2 } ? RowAffine.OfBatchNormalization(node, map.Reduced) : null;
        if (affine is null) return value;
        nodes.Add(node!);
        return node!.Input(0);
    }

    // Σ φ·softmax(score/temperature), the softmax over the inputs.
    bool ReadAttention(Value value)
    {
        if (value.Producer is not { } sum || !sum.Op.Is("ReduceSum") || sum.Attributes.Int("keepdims", 1) is not 0) return false;
        var rank = sum.Input(0)!.Shape?.Rank;
        if ((sum.Input(1)?.Constant is { } given ? given.ToArray<long>() : [.. sum.Attributes.Ints("axes") ?? []]) is not [var axis] || (axis != -1 && axis != rank - 1)) return false;
        if (sum.Input(0)!.Producer is not { } product || !product.Op.Is("Mul")) return false;
        foreach (var (share, functions) in new[] { (product.Input(0)!, product.Input(1)!), (product.Input(1)!, product.Input(0)!) })
        {
            if (share.Producer is not { } softmax || !softmax.Op.Is("Softmax") || softmax.Attributes.Int("axis", -1) is not { } over || (over != -2 && over != rank - 2)) continue;
            var scored = softmax.Input(0)!;
            if (scored.Producer is { } scaling && scaling.Op.Is("Div") && Scalar(scaling.Input(1)!) is { } divisor)
            {
                temperature = divisor;
                nodes.Add(scaling);
                if (scaling.Input(1)!.Producer is { } made) nodes.Add(made);
                scored = scaling.Input(0)!;
            }
            if (Score(scored) is not { } linear || linear.Input != functions) return false;
            (score, Functions, Attends) = (linear, functions, true);
            nodes.UnionWith([sum, product, softmax, .. linear.Nodes]);
            return true;
        }
        return false;
    }

    bool ReadLinear(Value value)
    {
        if (value.Producer is not { } view || view.Op.Name is not ("Reshape" or "Squeeze" or "Flatten") || Score(view.Input(0)!) is not { } linear) return false;
        (score, Functions) = (linear, linear.Input);
        nodes.UnionWith([view, .. linear.Nodes]);
        return true;
    }

    static LinearMap? Score(Value value) =>
        (value.Producer is not { } node ? null : LinearMap.Of(node) ?? (node.Op.Is("Add") ? node.Inputs.Select(i => i?.Producer is { } below ? LinearMap.Of(below) : null).FirstOrDefault(m => m is not null) : null)) is { Outputs: 1 } map && map.Output == value ? map : null;

    // A number, or a bound of one: AF-KAN keeps its temperature at 1 or above.
    static double? Scalar(Value value)
    {
        if (Scalars.Read(value) is { } number) return number;
        return value.Producer is { } node && node.Inputs.All(i => i is null || Scalars.Read(i) is not null) && PointwiseOperators.Of(node) is { } function ? function([.. node.Inputs.Where(i => i is not null).Select(i => Scalars.Read(i)!.Value)]) : null;
    }

    /// <summary>Why the operator cannot take its place.</summary>
    public string? Obstacle(KanCone cone)
    {
        if (cone.Inputs != map.Reduced || (cone.IsDeep(cone.X) && cone.View is null)) return "its functions are not those of all inputs";
        if (map.Output.Shape is not { } shape || shape.Rank != cone.Functions.Shape!.Rank - 1) return "the rank is not known";
        return Cone.Escape(All(cone), Last);
    }

    HashSet<Node> All(KanCone cone) => [.. nodes, .. cone.Nodes, .. cone.View is { } view ? [view] : Array.Empty<Node>()];

    public void Replace(Graph graph, KanCone cone, AfKanBasis basis)
    {
        var x = cone.View is { } view ? view.Input(0)! : cone.X;
        var (element, inputs, all) = (x.ElementType!.Value, cone.Inputs, All(cone));
        var builder = new GraphBuilder(graph, Last, "kan");
        var y = builder.Custom("AfKanLinear",
            [
                x,
                Constant([inputs, map.Outputs], map.Weights),
                Constant([map.Outputs], map.Bias ?? new double[map.Outputs]),
                Constant([3, cone.Terms], [.. basis.Low, .. basis.High, .. score!.Weights.Select(w => w / temperature)]),
                Constant([inputs], affine?.Scale ?? [.. Enumerable.Repeat(1.0, inputs)]),
                Constant([inputs], affine?.Shift ?? new double[inputs]),
            ],
            ("factors", new FloatsAttribute([.. basis.Factors.Select(f => (float)f)])), ("activation", (long)basis.Activation), ("attention", Attends ? 1L : 0L),
            // The softmax is the same for scores that are all shifted.
            ("offset", Attends ? 0f : (float)(score.Bias?[0] ?? 0)), ("normalize", affine?.Normalizes is true ? 1L : 0L), ("epsilon", affine?.Epsilon ?? 1e-5f));
        y.SetType(map.Output.Type, map.Output.TypeIsInferred);
        y.Producer!.CopyMetadata(Last);
        map.Output.ReplaceAllUsesWith(y);
        KanLayer.Remove(graph, all);

        Value Constant(ImmutableArray<long> dims, double[] values) => builder.Constant(BoundTensor.Of(element, dims, values));
    }
}
