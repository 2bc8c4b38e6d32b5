using Onnxc.IR;

namespace Onnxc.Passes.ControlFlow;

/// <summary>
/// A <c>Loop</c> that runs no times gives its initial state back; one that runs once is replaced by its body, whose scanned outputs get an
/// axis of extent 1. <c>unroll-loops</c> takes those that run more often.
/// </summary>
[Pass("eliminate-constant-loop", "Loop(0, …, state) -> state; Loop(1, …, state) -> body(0, true, state)")]
public sealed class EliminateConstantLoop : GraphPass
{
    protected override void Run(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes)
        {
            if (LoopBody.Of(node) is not { } loop || !cx.Selects(node)) continue;
            var trips = loop.Trips();
            if (trips is null) cx.Skip("the number of trips is not constant");
            else if (trips > 1) cx.Skip("the loop runs more than once");
            else if (loop.ReasonAgainst(trips.Value) is { } reason) cx.Skip(reason);
            else if (cx.TryStep(node, trips == 0 ? "remove an empty loop" : "replace a loop by its body")) loop.Replace(trips.Value, "eliminate-constant-loop");
        }
    }
}
