using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>A pass that runs on every body: main graph, functions, and the subgraphs nested in them, so that none is forgotten.</summary>
public abstract class GraphPass : Pass
{
    public sealed override void Run(Model model, PassContext cx)
    {
        // Innermost first: what a body no longer captures is free in the graph around it.
        foreach (var body in model.Bodies().Reverse().ToList())
            if (body.Owner is null or { IsRemoved: false }) Run(body, cx);
    }

    protected abstract void Run(Graph graph, PassContext cx);
}
