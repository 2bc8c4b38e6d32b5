using Onnxc.IR;
using Onnxc.Operators;

namespace Onnxc.Passes.Activations;

/// <summary><c>Σ sigmoid(k·x + cₙ) -> MultiLevelActivation(x)</c>: sigmoids written one by one, or along an axis that is summed.</summary>
[Pass("fuse-multi-level", "Σ sigmoid(k·x + cₙ) -> MultiLevelActivation(x)", Numerics = Numerics.Rounding)]
public sealed class FuseMultiLevel : GraphPass
{
    const int MostNodes = 300, MostSteps = 64, Checks = 61;
    const double Tolerance = 1e-5;

    protected override void Run(Graph graph, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(cx);
        if (graph.Function?.Id.Domain == OperatorLibrary.Domain || !graph.Nodes.Any(IsSigmoid)) return;
        cx.InferTypes(graph.Model);
        foreach (var function in PointwiseFunction.In(graph, IsSigmoid, MostNodes).Where(f => f.Nodes.Count(IsSigmoid) > 1).ToList())
            if (!cx.Selects(function.Anchor)) continue;
            else if (Steps(function) is not var (slope, shifts)) cx.Skip("it is no sum of sigmoids of one slope");
            else if (PolyCom.Obstacle([.. function.Nodes], function.Nodes[^1], function.X) is { } obstacle) cx.Skip(obstacle);
            else if (cx.TryStep(function.Anchor, "fuse-multi-level")) function.Replace(b => Make(b, function.X, slope, shifts));
        foreach (var sigmoid in graph.Nodes.Where(IsSigmoid).ToList())
        {
            if (sigmoid.IsRemoved || Sum(sigmoid) is not var (x, nodes, sum, slope, shifts) || !cx.Selects(sigmoid)) continue;
            if (PolyCom.Obstacle(nodes, sum, x) is { } obstacle) cx.Skip(obstacle);
            else if (cx.TryStep(sigmoid, "fuse-multi-level"))
            {
                var y = Make(new GraphBuilder(graph, sum, "levels"), x, slope, shifts);
                y.SetType(sum.Output.Type, sum.Output.TypeIsInferred);
                y.Producer!.CopyMetadata(sum);
                sum.Output.ReplaceAllUsesWith(y);
                KanLayer.Remove(graph, nodes);
            }
        }
    }

    static bool IsSigmoid(Node node) => node.Op.Is("Sigmoid");

    static Value Make(GraphBuilder builder, Value x, double slope, double[] shifts) =>
        builder.Custom("MultiLevelActivation", [x], ("slope", (float)slope), ("shifts", new FloatsAttribute([.. shifts.Select(s => (float)s)])));

    static (double Slope, double[] Shifts)? Steps(PointwiseFunction function)
    {
        var inputs = function.Nodes.Where(IsSigmoid).Select(n => n.Input(0)!).ToList();
        double[] shifts = [.. inputs.Select(i => function.Evaluate(i, 0))];
        var slope = function.Evaluate(inputs[0], 1) - shifts[0];
        if (shifts.Length > MostSteps) return null;
        for (var i = 0; i < Checks; i++)
        {
            var x = (i - Checks / 2 + 0.37) / 4;
            if (!(Math.Abs(shifts.Sum(c => PointwiseOperators.Sigmoid(slope * x + c)) - function.Evaluate(x)) <= Tolerance)) return null;
        }
        return (slope, shifts);
    }

    // ReduceSum(Sigmoid(k·Unsqueeze(x) + c)) along the last axis.
    static (Value X, HashSet<Node> Nodes, Node Sum, double Slope, double[] Shifts)? Sum(Node sigmoid)
    {
        if (sigmoid.Output.SingleUse?.Node is not { } sum || !sum.Op.Is("ReduceSum") || sum.Attributes.Int("keepdims", 1) is not 0 || sigmoid.Output.Shape is not { } shape) return null;
        if ((sum.Input(1)?.Constant is { } given ? given.ToArray<long>() : [.. sum.Attributes.Ints("axes") ?? []]) is not [var axis] || (axis != -1 && axis != shape.Rank - 1)) return null;
        if (VectorChain.Of(sigmoid.Input(0)!) is not { Axis: -1, Scale.Length: > 1 and <= MostSteps } chain || chain.Scale.Any(s => Math.Abs(s - chain.Scale[0]) > Tolerance * Math.Abs(chain.Scale[0]))) return null;
        if (chain.X.Producer is not { } view || !view.Op.Is("Unsqueeze") || chain.X.Shape is not { } seen || seen.Rank != shape.Rank || seen[seen.Rank - 1].Extent != 1 || view.Input(0)!.Shape?.Rank != seen.Rank - 1) return null;
        return (view.Input(0)!, [.. chain.Nodes, view, sigmoid, sum], sum, chain.Scale[0], chain.Shift);
    }
}
