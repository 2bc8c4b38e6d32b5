using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;
using Onnxc.Passes.Fuse.Algebra;

namespace Onnxc.Passes.Activations;

/// <summary>A layer that was recognised, and the operator that takes its place.</summary>
sealed class KanLayer(Graph graph, LinearMap spline, KanCone cone, KanBasis basis)
{
    readonly int inputs = cone.Inputs, terms = cone.Terms, outputs = spline.Outputs;
    Value x = cone.X;
    Value output = spline.Output;
    LinearMap? linear;
    RowAffine? normalization;

    public HashSet<Node> Nodes { get; init; } = [];

    /// <summary>The node that makes the output.</summary>
    public Node Last => output.Producer!;

    /// <summary>Takes in the sum with <c>V·silu(x)</c>, a normalization that only the functions see, and views of the input.</summary>
    public void FindBase(Dictionary<Value, PointwiseFunction> silus)
    {
        if (cone.View is { } view)
        {
            Nodes.Add(view);
            x = view.Input(0)!;
        }
        var normalized = x.Producer is { } node && node.Graph == graph && node.Op.Is("LayerNormalization") ? RowAffine.OfNormalization(node, inputs) : null;
        var source = normalized is null ? x : x.Producer!.Input(0)!;
        if (output.SingleUse?.Node is { } sum && sum.Op.Is("Add") && sum.Graph == graph)
        {
            var other = sum.Input(0) == output ? sum.Input(1)! : sum.Input(0)!;
            if (Linear(other) is { } map && map.Output == other && map.Outputs == outputs && map.Reduced == inputs && silus.TryGetValue(map.Input, out var silu) && (silu.X == source || silu.X == x))
            {
                (linear, output) = (map, sum.Output);
                Nodes.UnionWith([.. silu.Nodes, .. map.Nodes, sum]);
                if (silu.X == x) normalized = null;
            }
        }
        if (normalized is null || x.Uses.Any(u => u.Node is null || !Nodes.Contains(u.Node))) return;
        normalization = normalized;
        Nodes.Add(x.Producer!);
        x = source;
    }

    /// <summary>Why the operator cannot take its place.</summary>
    public string? Obstacle()
    {
        if (Cone.Escape(Nodes, Last) is { } escape) return escape;
        var expected = Trailing(x) is 1 && cone.IsDeep(x) ? x.Shape!.Rank - 1 : x.Shape!.Rank;
        return output.Shape is { } shape && (shape.Rank == expected ? Trailing(output) == outputs : shape.Rank == expected + 1 && Trailing(output) == 1) ? null : "the rank is not known";
    }

    public void Replace()
    {
        var element = x.ElementType!.Value;
        var builder = new GraphBuilder(graph, Last, "kan");
        var last = builder.Constant(TensorData.Int64s([-1], 1));
        // With an axis of one behind the inputs, as ReLU-KAN has it.
        var y = builder.Custom("KanLinear",
            [
                !cone.IsDeep(x) ? x : builder.Op("Squeeze", [x, last]),
                Constant([inputs, terms + (linear is null ? 0 : 1), outputs], Weights()),
                Constant([outputs], [.. Enumerable.Range(0, outputs).Select(o => (spline.Bias?[o] ?? 0) + (linear?.Bias?[o] ?? 0))]),
                Constant([inputs, basis.Grid[0].Length], [.. basis.Grid.SelectMany(g => g)]),
                Constant([inputs], normalization?.Scale ?? [.. Enumerable.Repeat(1.0, inputs)]),
                Constant([inputs], normalization?.Shift ?? new double[inputs]),
            ],
            ("basis", basis.Kind), ("degree", (long)basis.Degree), ("factor", (float)basis.Factor), ("base", linear is null ? 0L : 1L),
            ("normalize", normalization is null ? 0L : 1L), ("epsilon", normalization?.Epsilon ?? 1e-5f));
        if (cone.IsDeep(output)) y = builder.Op("Unsqueeze", [y, last]);
        y.SetType(output.Type, output.TypeIsInferred);
        y.Producer!.CopyMetadata(Last);
        output.ReplaceAllUsesWith(y);
        if (last.IsInitializer && !last.HasUses) graph.RemoveInitializer(last);
        Remove(graph, Nodes);

        Value Constant(ImmutableArray<long> dims, double[] values) => builder.Constant(BoundTensor.Of(element, dims, values));
    }

    /// <summary>Removes what nothing uses any more of <paramref name="nodes"/>, and their weights.</summary>
    public static void Remove(Graph graph, HashSet<Node> nodes)
    {
        var weights = nodes.SelectMany(n => n.Inputs).Where(i => i is { IsInitializer: true }).Distinct().ToList();
        while (nodes.FirstOrDefault(n => n.Outputs.All(o => !o.HasUses)) is { } node)
        {
            nodes.Remove(node);
            graph.RemoveNode(node);
        }
        foreach (var weight in weights)
            if (weight is { HasUses: false, IsGraphInput: false } && weight.Graph == graph) graph.RemoveInitializer(weight);
    }

    static long Trailing(Value value) => value.Shape![value.Shape!.Rank - 1].Extent;

    // [inputs, terms, outputs], the base last.
    double[] Weights()
    {
        if (linear is null) return spline.Weights;
        var (own, all) = (terms * outputs, (terms + 1) * outputs);
        var weights = new double[inputs * all];
        for (var i = 0; i < inputs; i++)
        {
            spline.Weights.AsSpan(i * own, own).CopyTo(weights.AsSpan(i * all));
            linear.Weights.AsSpan(i * outputs, outputs).CopyTo(weights.AsSpan(i * all + own));
        }
        return weights;
    }

    static LinearMap? Linear(Value value) => value.Producer is not { } node ? null
        : LinearMap.Of(node) is { } map ? map
        : node.Op.Is("Add") ? node.Inputs.Select(i => i?.Producer is { } below ? LinearMap.Of(below) : null).FirstOrDefault(m => m?.Output == value) : null;
}
