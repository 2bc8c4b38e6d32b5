using Onnxc.IR;

namespace Onnxc.Passes.Cleanup;

/// <summary>
/// Removes nodes none of whose outputs is used, and initializers nobody uses. The interface stays: inputs, outputs, and since IR version 4
/// initializers that are listed as inputs, which a caller may override.
/// </summary>
[Pass("eliminate-dead-code", "Removes nodes and initializers that nothing uses.", SupportsWhere = false, PreservesFusions = true)]
public sealed class EliminateDeadCode : GraphPass
{
    protected override void Run(Graph graph, PassContext cx)
    {
        // Users come after producers, so that backwards one walk is enough.
        foreach (var node in graph.Nodes.Reverse().ToList())
        {
            // A node without outputs can only be there for an effect.
            if (node.Outputs.IsEmpty || node.Outputs.Any(o => o.HasUses)) continue;
            if (cx.TryStep(node, "remove an unused node")) graph.RemoveNode(node);
        }
        foreach (var value in graph.Initializers.Where(v => !v.HasUses).ToList())
        {
            if (value.IsGraphInput && graph.Model.IrVersion >= 4) cx.Skip("an unused initializer is an input as well");
            else if (cx.TryStep(null, $"remove the unused initializer `{value}`")) graph.RemoveInitializer(value);
        }
    }
}
