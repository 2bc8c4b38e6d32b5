using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;

namespace Onnxc.Passes.Activations;

/// <summary>
/// <c>act(norm(Σ φ(x)·softmax(score(φ(x)))))·W -> AfKanLinear(x)</c>, the functions φ being those of AF-KAN: recognised by what they compute, at numbers all over
/// their ends. A normalization over the batch, as its <c>func_norm</c> adds, is refused: a result would depend on what else is in the batch.
/// </summary>
[Pass("fuse-af-kan-linear", "act(norm(Σ φ(x)·softmax(score(φ(x)))))·W -> AfKanLinear(x), φ being products of activations", Numerics = Numerics.Rounding)]
public sealed class FuseAfKanLinear : GraphPass
{
    protected override void Run(Graph graph, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(cx);
        if (cx.Evaluator is not { } evaluator || graph.Function?.Id.Domain == OperatorLibrary.Domain) return;
        if (!graph.Nodes.Any(n => n.Op.Name is "MatMul" or "Gemm")) return;
        cx.InferTypes(graph.Model);
        var places = new NodePlaces(graph);
        var functions = PointwiseFunction.In(graph).ToDictionary(f => f.Output);
        foreach (var node in places.Nodes)
        {
            if (node.IsRemoved || LinearMap.Of(node) is not { } map || AfKanLayer.Of(map, functions) is not { } layer) continue;
            if (KanCone.Below(layer.Functions, places, layer.Nodes) is not { } cone || !BoundTensor.CanHold(cone.X.ElementType) || !cx.Selects(node)) continue;
            if (cone.Nodes.Any(MixesRows))
            {
                cx.Report(Diagnostic.Create(Descriptors.BatchDependentLayer, ModelLocation.Of(node)));
                cx.Skip("its functions are normalised over the batch");
            }
            else if (AfKanBasis.Of(cone, evaluator, cone.X.ElementType == ElementType.Float ? 2e-5 : 5e-3) is not { } basis || !PointwiseFunction.AreSame(layer.Hidden, AfKanBasis.Activations[basis.Activation])) cx.Skip("its functions are none that the operator has");
            else if ((OperatorLibrary.Obstacle(graph) ?? layer.Obstacle(cone)) is { } obstacle) cx.Skip(obstacle);
            else if (cx.TryStep(layer.Last, "fuse-af-kan-linear")) layer.Replace(graph, cone, basis);
        }
    }

    static bool MixesRows(Node node)
    {
        if (!node.Op.Name.StartsWith("Reduce", StringComparison.Ordinal)) return false;
        var axes = node.Input(1)?.Constant is { } given ? given.ToArray<long>() : node.Attributes.Ints("axes")?.ToArray();
        return axes is null or [] || axes.Any(a => a == 0 || a == -node.Input(0)!.Shape?.Rank);
    }
}
