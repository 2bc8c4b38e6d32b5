using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;

namespace Onnxc.Passes.Activations;

/// <summary>
/// <c>W·φ(x) + V·silu(x) + b -> KanLinear(x)</c> for the basis functions φ of efficient-kan, FastKAN with its layer normalization, and ReLU-KAN. What is
/// recognised is what is computed, at numbers all over the grid, not how it is written.
/// </summary>
[Pass("fuse-kan-linear", "W·φ(x) + V·silu(x) + b -> KanLinear(x), φ being B-splines, Gaussians or squared hats", Numerics = Numerics.Rounding)]
public sealed class FuseKanLinear : GraphPass
{
    protected override void Run(Graph graph, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(cx);
        if (cx.Evaluator is not { } evaluator || graph.Function?.Id.Domain == OperatorLibrary.Domain) return;
        if (!graph.Nodes.Any(n => n.Op.Name is "MatMul" or "Gemm" or "Conv")) return;
        cx.InferTypes(graph.Model);
        var places = new NodePlaces(graph);
        var silus = PointwiseFunction.In(graph).Where(f => PointwiseFunction.AreSame(f.Evaluate, x => x * PointwiseOperators.Sigmoid(x))).ToDictionary(f => f.Output);
        foreach (var node in places.Nodes)
        {
            if (node.IsRemoved || LinearMap.Of(node) is not { } spline || Functions(spline, places) is not var (cone, views)) continue;
            if (!cx.Selects(node)) continue;
            if (Layer(graph, evaluator, spline, cone, views, silus) is not { Layer: { } layer } found) cx.Skip("its functions are none that the operator has");
            else if ((OperatorLibrary.Obstacle(graph) ?? found.Obstacle) is { } obstacle) cx.Skip(obstacle);
            else if (cx.TryStep(layer.Last, "fuse-kan-linear")) layer.Replace();
        }
    }

    // Functions of single numbers that are summed, seen as one axis; and the nodes that see them so.
    static (KanCone Cone, List<Node> Views)? Functions(LinearMap map, NodePlaces places)
    {
        var (value, views) = (map.Input, new List<Node>());
        while (value.Producer is { } view && places.Contains(view) && view.Op.IsStandard && view.Op.Name is "Reshape" or "Flatten" or "Unsqueeze")
        {
            views.Add(view);
            value = view.Input(0)!;
            if (value.Shape is { Rank: >= 2 } s && s[s.Rank - 1].Extent * s[s.Rank - 2].Extent == map.Reduced && KanCone.Below(value, places, [.. map.Nodes, .. views]) is { } cone) return (cone, views);
        }
        return null;
    }

    static (KanLayer? Layer, string? Obstacle) Layer(Graph graph, IEvaluator evaluator, LinearMap spline, KanCone cone, List<Node> views, Dictionary<Value, PointwiseFunction> silus)
    {
        if (!BoundTensor.CanHold(cone.X.ElementType) || KanBasis.Of(cone, evaluator, cone.X.ElementType == ElementType.Float ? 2e-5 : 5e-3) is not { } basis) return default;
        var layer = new KanLayer(graph, spline, cone, basis) { Nodes = [.. cone.Nodes, .. views, .. spline.Nodes] };
        layer.FindBase(silus);
        return (layer, layer.Obstacle());
    }
}
