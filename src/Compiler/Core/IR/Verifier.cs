using Onnxc.Diagnostics;

namespace Onnxc.IR;

/// <summary>
/// Checks the invariants of the IR, one method each: linear in the model, and run after every pass that changed something. Errors it
/// finds are bugs of a pass, not of the user's model.
/// </summary>
public static class Verifier
{
    public static IReadOnlyList<Diagnostic> Check(Model model)
    {
        var errors = new List<Diagnostic>();
        foreach (var graph in model.Bodies())
        {
            CheckOrderAndScope(graph, errors);
            CheckOutputs(graph, errors);
            CheckInitializers(graph, errors);
            CheckUses(graph, errors);
            CheckDomains(graph, errors);
        }
        return errors;
    }

    static void CheckOrderAndScope(Graph graph, List<Diagnostic> errors)
    {
        var produced = new HashSet<Node>(graph.Nodes.Count);
        foreach (var node in graph.Nodes)
        {
            for (var i = 0; i < node.InputCount; i++)
                if (node.Input(i) is { } value) CheckOperand(node, value, graph, produced, errors);
            // A body may use what stands before the node that holds it.
            foreach (var body in node.Subgraphs)
                foreach (var captured in GraphOrder.Captures(body))
                    if (ReferenceEquals(captured.Graph, graph)) CheckOperand(node, captured, graph, produced, errors);
            produced.Add(node);
        }
    }

    static void CheckOperand(Node node, Value value, Graph graph, HashSet<Node> produced, List<Diagnostic> errors)
    {
        if (value.Producer is { IsRemoved: true })
            errors.Add(Diagnostic.Create(Descriptors.RemovedNodeInUse, ModelLocation.Of(node), $"node `{node.DisplayName}`", value.Name));
        else if (!graph.CanSee(value.Graph))
            errors.Add(Diagnostic.Create(Descriptors.ValueOutOfScope, ModelLocation.Of(node), $"node `{node.DisplayName}`", value.Name));
        else if (value.Producer is { } producer && ReferenceEquals(value.Graph, graph) && !produced.Contains(producer))
            errors.Add(Diagnostic.Create(Descriptors.UsedBeforeDefined, ModelLocation.Of(node), $"node `{node.DisplayName}`", value.Name));
        else if (value.Producer is null && !value.IsGraphInput && !value.IsInitializer)
            errors.Add(Diagnostic.Create(Descriptors.ValueOutOfScope, ModelLocation.Of(node), $"node `{node.DisplayName}`", value.Name));
    }

    static void CheckOutputs(Graph graph, List<Diagnostic> errors)
    {
        var slots = new Dictionary<string, Value>(StringComparer.Ordinal);
        var outputs = graph.Outputs;
        for (var i = 0; i < outputs.Count; i++)
        {
            var what = $"output `{graph.OutputNames[i]}`";
            if (outputs[i] is not { } value) errors.Add(Diagnostic.Create(Descriptors.MissingValue, ModelLocation.Of(graph), what));
            else if (value.Producer is { IsRemoved: true })
                errors.Add(Diagnostic.Create(Descriptors.RemovedNodeInUse, ModelLocation.Of(graph), what, value.Name));
            else if (!graph.CanSee(value.Graph)) errors.Add(Diagnostic.Create(Descriptors.ValueOutOfScope, ModelLocation.Of(graph), what, value.Name));
            else if (!slots.TryAdd(graph.OutputNames[i], value) && !ReferenceEquals(slots[graph.OutputNames[i]], value))
                errors.Add(Diagnostic.Create(Descriptors.DuplicateSlotName, ModelLocation.Of(graph), graph.OutputNames[i]));
        }
    }

    static void CheckInitializers(Graph graph, List<Diagnostic> errors)
    {
        foreach (var value in graph.Initializers)
            if (value is { Type: TensorType declared, Initializer: { } data and not SparseTensor } && !declared.IsCompatibleWith(data.Type))
                errors.Add(Diagnostic.Create(Descriptors.DataDisagreesWithType, ModelLocation.Of(graph), value.Name, data.Type, declared));
    }

    static void CheckUses(Graph graph, List<Diagnostic> errors)
    {
        foreach (var value in graph.Inputs.Concat(graph.Initializers).Concat(graph.Nodes.SelectMany(n => n.Outputs)))
        {
            var count = 0;
            for (var operand = value.FirstUse; operand is not null; operand = operand.Next)
            {
                count++;
                if (ReferenceEquals(operand.Value, value) && operand.User is not Node { IsRemoved: true }) continue;
                errors.Add(Diagnostic.Create(Descriptors.UseListBroken, ModelLocation.Of(graph), value.Name));
                break;
            }
            if (count != value.UseCount) errors.Add(Diagnostic.Create(Descriptors.UseListBroken, ModelLocation.Of(graph), value.Name));
        }
    }

    static void CheckDomains(Graph graph, List<Diagnostic> errors)
    {
        var opsets = graph.Opsets;
        foreach (var node in graph.Nodes)
            if (!opsets.Has(node.Op.Domain) && graph.Model.Functions[node.Op] is null && node.Origin is null)
                errors.Add(Diagnostic.Create(Descriptors.UnknownFunction, ModelLocation.Of(node), $"node `{node.DisplayName}`", node.Op.Domain));
    }
}
