using Onnxc.IR;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.ControlFlow;

/// <summary>
/// <c>If(c, a, b) -> If(true, a, b)</c> where a run that takes b is sure to fail, because an operator that follows does not accept the rank of what
/// b gives. Exporters write such conditions for ranks that the model never has. The result is the same for every input that the model accepts.
/// </summary>
[Pass("decide-if", "If(c, a, b) -> If(true, a, b) where b gives a rank with which the model fails.")]
public sealed class DecideIf : ModelPass
{
    public override void Run(Model model, PassContext cx)
    {
        if (!model.AllNodes().Any(n => n.Op.Is("If"))) return;
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        var ranks = new RankSets(model);
        foreach (var graph in model.Bodies().ToList()) Decide(graph, ranks, cx);
    }

    // Only what stands in the same body is sure to run when the node does.
    static void Decide(Graph graph, RankSets ranks, PassContext cx)
    {
        foreach (var node in graph.Nodes.Reverse().ToList())
        {
            if (!node.Op.Is("If")) ranks.Constrain(node);
            else if (node.Input(0)?.Constant is null && cx.Selects(node)) Decide(node, ranks, cx);
        }
    }

    static void Decide(Node node, RankSets ranks, PassContext cx)
    {
        if ((node.Attributes["then_branch"], node.Attributes["else_branch"]) is not (GraphAttribute yes, GraphAttribute no)) return;
        var (canTake, canLeave) = (CanFollow(node, yes.Value, ranks), CanFollow(node, no.Value, ranks));
        if (canTake == canLeave) cx.Skip("either branch may run");
        else if (cx.TryStep(node, "decide a condition"))
            node.SetInput(0, new GraphBuilder(node.Graph, node, "decided").Constant(TensorData.Of<bool>(ElementType.Bool, [], [canTake])));
    }

    static bool CanFollow(Node node, Graph branch, RankSets ranks)
    {
        for (var i = 0; i < Math.Min(node.Outputs.Length, branch.Outputs.Count); i++)
            if ((ranks.Possible(branch.Outputs[i]) & ranks.Accepted(node.Outputs[i])) == 0) return false;
        return true;
    }
}
