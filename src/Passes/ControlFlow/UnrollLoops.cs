using Onnxc.IR;

namespace Onnxc.Passes.ControlFlow;

/// <summary>
/// A <c>Loop</c> whose number of trips is constant and small, and whose condition stays true, is replaced by that many copies of its body, one
/// after the other; scanned outputs are put together. Not part of <c>@default</c>: the model grows, and whether it gets faster depends on what
/// the copies can be merged with.
/// </summary>
[Pass("unroll-loops", "Loop(n, true, state) -> body(n - 1, true, … body(0, true, state)) for constant n")]
public sealed class UnrollLoops(UnrollLoops.Options options) : GraphPass
{
    public sealed record Options
    {
        [Option("Most trips of a loop to unroll.")] public long MaxTrips { get; init; } = 4;
        [Option("Most nodes that one loop may add to the model.")] public long MaxGrowth { get; init; } = 256;
    }

    protected override void Run(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes)
        {
            if (LoopBody.Of(node) is not { } loop || !cx.Selects(node)) continue;
            var trips = loop.Trips();
            if (trips is null) cx.Skip("the number of trips is not constant");
            else if (trips > options.MaxTrips) cx.Skip("the loop runs too often");
            else if (trips > 1 && (trips.Value - 1) * loop.Size > options.MaxGrowth) cx.Skip("the model would grow too much");
            else if (loop.ReasonAgainst(trips.Value) is { } reason) cx.Skip(reason);
            else if (cx.TryStep(node, "unroll a loop")) loop.Replace(trips.Value, "unroll-loops");
        }
    }
}
