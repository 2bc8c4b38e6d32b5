using Onnxc.IR;

namespace Onnxc.Passes.Cleanup;

/// <summary>Removes local functions that neither the main graph nor a function in use calls.</summary>
[Pass("prune-functions", "Removes local functions that nothing calls.", SupportsWhere = false)]
public sealed class PruneFunctions : ModelPass
{
    public override void Run(Model model, PassContext cx)
    {
        var called = new HashSet<Function>();
        var pending = new Stack<Graph>([model.Main]);
        while (pending.TryPop(out var graph))
        {
            foreach (var node in graph.Nodes)
            {
                foreach (var body in node.Subgraphs) pending.Push(body);
                if (model.Functions[node.Op] is { } function && called.Add(function)) pending.Push(function.Body);
            }
        }
        foreach (var function in model.Functions.Where(f => !called.Contains(f)).ToList())
            if (cx.TryStep(null, $"remove the function `{function}`")) model.Functions.Remove(function);
    }
}
