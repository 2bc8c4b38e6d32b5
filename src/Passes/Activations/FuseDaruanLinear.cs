using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;
using Onnxc.Passes.Fuse.Algebra;

namespace Onnxc.Passes.Activations;

/// <summary>
/// Layers of QKAN <c>-> DaruanLinear(x)</c>: what rotations of a qubit by every input leave to measure, for every pair of an output and an input by itself, times a factor, with
/// a multiple of silu(x) or without, summed over the inputs. Recognised by its values, however it is written.
/// </summary>
[Pass("fuse-daruan-linear", "Σᵢ s·measure(RZ(xᵢ)·RY·RZ·…) + v·silu(xᵢ) -> DaruanLinear(x)", Numerics = Numerics.Rounding)]
public sealed class FuseDaruanLinear : GraphPass
{
    const long MostEdges = 1 << 17;

    protected override void Run(Graph graph, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(cx);
        if (graph.Function?.Id.Domain == OperatorLibrary.Domain || !graph.Nodes.Any(FuseDaruan.IsWave)) return;
        cx.InferTypes(graph.Model);
        var places = new NodePlaces(graph);
        foreach (var node in places.Nodes)
        {
            if (node.IsRemoved || EdgeFunctions.Under(node, places, FuseDaruan.IsWave) is not { } edges || !cx.Selects(node)) continue;
            if ((long)edges.Inputs * edges.Outputs > MostEdges) cx.Skip("it has too many edges");
            else if (DaruanLayer.Of(edges) is not { } layer) cx.Skip("its functions are no sums of harmonics of one frequency");
            else if (Obstacle(edges) is { } obstacle) cx.Skip(obstacle);
            else if (cx.TryStep(node, "fuse-daruan-linear")) Replace(edges, layer);
        }
    }

    static string? Obstacle(EdgeFunctions edges)
    {
        if (OperatorLibrary.Obstacle(edges.Sum.Graph) is { } obstacle) return obstacle;
        if (!BoundTensor.CanHold(edges.X.ElementType)) return "the type of its numbers is not known, or none that the operator takes";
        // What only gives x other axes may have other users.
        return Cone.Escape([.. edges.Nodes.Where(n => !EdgeFunctions.IsView(n) || n.Input(0) != edges.X), edges.Sum], edges.Sum);
    }

    static void Replace(EdgeFunctions edges, DaruanLayer layer)
    {
        var (sum, graph, element) = (edges.Sum, edges.Sum.Graph, edges.X.ElementType!.Value);
        var builder = new GraphBuilder(graph, sum, "daruan");
        var x = edges.IsFlat(edges.X) ? edges.X : builder.Op("Squeeze", [edges.X, builder.Constant(TensorData.Int64s([edges.OutputAxis], 1))]);
        var y = builder.Custom("DaruanLinear",
            [x, builder.Constant(BoundTensor.Of(element, [edges.Inputs, layer.Terms, edges.Outputs], layer.Weights)), builder.Constant(BoundTensor.Of(element, [edges.Outputs], layer.Bias))],
            ("frequency", (float)layer.Frequency), ("fast", layer.IsFast ? 1L : 0L), ("base", layer.HasBase ? 1L : 0L));
        y.SetType(sum.Output.Type, sum.Output.TypeIsInferred);
        y.Producer!.CopyMetadata(sum);
        sum.Output.ReplaceAllUsesWith(y);
        KanLayer.Remove(graph, [sum, .. edges.Nodes]);
    }
}
