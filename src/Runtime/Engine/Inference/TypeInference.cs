using System.Runtime.CompilerServices;
using Onnxc.IR;
using Onnxc.Passes;

namespace Onnxc.Runtime;

/// <summary>
/// Infers types with ONNX Runtime's own inference, contrib operators included. Free when the model has not changed since the last time.
/// Types that the file declares stay at inputs and outputs; in between, the more specific one wins.
/// </summary>
public sealed class TypeInference : ITypeInference
{
    readonly int segmentSize = GraphTyper.SegmentSize;
    readonly ConditionalWeakTable<Model, Outcome> known = [];
    readonly FunctionSection functions = new();

    public TypeInference() { }

    internal TypeInference(int segmentSize) => this.segmentSize = segmentSize;

    sealed record Outcome(long Revision, string? Reason);

    /// <summary>True when the types of a model have been inferred, in the state that it has now or an earlier one.</summary>
    public bool Knows(Model model) => known.TryGetValue(model, out _);

    public string? Infer(Model model)
    {
        if (known.TryGetValue(model, out var outcome) && outcome.Revision == model.Revision) return outcome.Reason;
        var reason = InferAnew(model);
        known.AddOrUpdate(model, new Outcome(model.Revision, reason));
        return reason;
    }

    string? InferAnew(Model model)
    {
        if (CallBudget.Check(model) is { } tooLarge) return tooLarge;
        var (any, reason) = InferGraph(model.Main);
        var pending = new Queue<Graph>(model.Main.Nodes.SelectMany(n => n.Subgraphs));
        while (pending.TryDequeue(out var body))
        {
            if (BodyInputs.Assume(body)) InferGraph(body);
            foreach (var nested in body.Nodes.SelectMany(n => n.Subgraphs)) pending.Enqueue(nested);
        }
        return any || model.Main.Nodes.Count == 0 ? null : reason ?? "nothing could be inferred";
    }

    (bool Any, string? Reason) InferGraph(Graph graph)
    {
        var typer = new GraphTyper(graph, functions, segmentSize);
        typer.Infer(InOrder(graph));
        foreach (var (value, type) in typer.Types.OrderBy(t => t.Key.Id)) Apply(value, type);
        return (typer.Types.Count > 0, typer.FirstFailure);
    }

    // Files may list nodes in any order, and inference must not change the model.
    static List<Node> InOrder(Graph graph)
    {
        var order = new List<Node>(graph.Nodes.Count);
        var state = new HashSet<Node>();
        var stack = new Stack<(Node Node, bool Done)>();
        foreach (var root in graph.Nodes)
        {
            stack.Push((root, false));
            while (stack.TryPop(out var top))
            {
                if (top.Done) order.Add(top.Node);
                if (top.Done || !state.Add(top.Node)) continue;
                stack.Push((top.Node, true));
                foreach (var producer in GraphOrder.Producers(top.Node, graph))
                    if (!state.Contains(producer)) stack.Push((producer, false));
            }
        }
        return order;
    }

    static void Apply(Value value, IR.ValueType type)
    {
        if (value.Type is null || value.TypeIsInferred) value.SetType(type, inferred: true);
        else if (!value.IsGraphOutput && !value.Type.Equals(type) && (!value.Type.IsCompatibleWith(type) || Detail(type) >= Detail(value.Type)))
            value.SetType(type, inferred: true);
    }

    static int Detail(IR.ValueType type) =>
        type is TensorType { Shape: { } shape } ? 1 + shape.Dims.Sum(d => d.IsFixed ? 2 : d.IsUnknown ? 0 : 1) : 0;
}
