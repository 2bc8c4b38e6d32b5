using Onnxc.IR;

namespace Onnxc.Passes.ControlFlow;

/// <summary>
/// A <c>Loop</c> that runs no times gives its initial state back; one that runs once is replaced by its body, whose scanned outputs get an
/// axis of extent 1.
/// </summary>
[Pass("eliminate-constant-loop", "Loop(0, …, state) -> state; Loop(1, …, state) -> body(0, true, state)")]
public sealed class EliminateConstantLoop : GraphPass
{
    protected override void Run(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes)
        {
            if (!node.Op.Is("Loop") || !cx.Selects(node)) continue;
            if (node.Attributes["body"] is not GraphAttribute { Value: var body }) continue;
            var trips = Trips(node);
            if (trips is null) cx.Skip("the number of trips is not constant");
            else if (trips > 1) cx.Skip("the loop runs more than once");
            else if (ReasonAgainst(node, body, trips.Value) is { } reason) cx.Skip(reason);
            else if (cx.TryStep(node, trips == 0 ? "remove an empty loop" : "replace a loop by its body")) Replace(node, body, trips.Value);
        }
    }

    /// <summary>Null when it is not known; 2 stands for two or more.</summary>
    static long? Trips(Node node)
    {
        var (most, condition) = (ConstantScalar.Int64(node.Input(0)), ConstantScalar.Bool(node.Input(1)));
        if (condition == false || most <= 0) return 0;
        // A condition that is left out holds; without a count the body decides about the second trip.
        if (most is null || (condition is null && node.Input(1) is not null)) return null;
        return Math.Min(2, most.Value);
    }

    static string? ReasonAgainst(Node node, Graph body, long trips)
    {
        var state = node.InputCount - 2;
        if (state < 0 || body.Inputs.Count != state + 2 || body.Outputs.Count != node.Outputs.Length + 1 || body.Outputs.Count < state + 1
            || node.Inputs.Skip(2).Any(i => i is null))
            return "the body has a strange interface";
        if (body.Inputs.Any(i => i.IsInitializer)) return "an input of the body has a default";
        if (body.Annotations.Count > 0) return "the body has quantization annotations";
        if (trips == 0 && node.Outputs.Skip(state).Any(o => o.HasUses)) return "the shape of an empty scanned output is not known";
        return null;
    }

    static void Replace(Node node, Graph body, long trips)
    {
        var state = node.InputCount - 2;
        var builder = new GraphBuilder(node.Graph, node, "eliminate-constant-loop");
        var copy = new BodyCopy(node.Graph, node);
        var results = new List<Value?>();
        if (trips == 0)
        {
            for (var i = 0; i < node.Outputs.Length; i++) results.Add(i < state ? node.Input(i + 2) : null);
            copy.Replace(node, results);
            return;
        }

        // ONNX Runtime gives counter and condition the rank that the body declares.
        copy.Bind(body.Inputs[0], Constant(builder, body.Inputs[0], TensorData.Int64s([0], [1])));
        copy.Bind(body.Inputs[1], Constant(builder, body.Inputs[1], TensorData.Of<byte>(ElementType.Bool, [1], [1])));
        for (var i = 0; i < state; i++) copy.Bind(body.Inputs[i + 2], node.Input(i + 2));
        copy.Add(body);
        for (var i = 0; i < node.Outputs.Length; i++)
        {
            var result = copy[body.Outputs[i + 1]];
            results.Add(i < state || !node.Outputs[i].HasUses ? result : Unsqueeze(builder, result!));
        }
        copy.Replace(node, results);
    }

    static Value? Constant(GraphBuilder builder, Value parameter, TensorData vector)
    {
        if (!parameter.HasUses) return null;
        return builder.Constant(parameter.Shape is { Rank: 1 } ? vector : new DenseTensor(vector.Element, [], vector.Bytes.ToArray()));
    }

    // The axis became an input in version 13.
    static Value Unsqueeze(GraphBuilder builder, Value value) => builder.Graph.Opsets[""] < 13
        ? builder.Op("Unsqueeze", [value], ("axes", new long[] { 0 }))
        : builder.Op("Unsqueeze", [value, builder.Constant(TensorData.Int64s([0]))]);
}
