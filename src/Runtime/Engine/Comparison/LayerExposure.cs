using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>Two models whose common intermediate values have become outputs, and these in topological order of the reference.</summary>
sealed record LayerExposure(byte[] Reference, byte[] Candidate, ImmutableArray<(string Name, string? Node)> Order)
{
    /// <summary>Changes both models.</summary>
    public static Result<LayerExposure> Expose(Model reference, Model candidate)
    {
        var theirs = ByName(candidate);
        var order = ImmutableArray.CreateBuilder<(string, string?)>();
        foreach (var (name, value) in ByName(reference))
        {
            if (!theirs.TryGetValue(name, out var counterpart)) continue;
            order.Add((name, value.Producer?.ToString()));
            foreach (var exposed in new[] { value, counterpart })
                if (!exposed.Graph.OutputNames.Contains(name)) exposed.Graph.AddOutput(exposed, name);
        }
        try
        {
            return Result<LayerExposure>.Ok(new LayerExposure(ModelWriter.ToBytes(reference), ModelWriter.ToBytes(candidate), order.ToImmutable()));
        }
        catch (DiagnosticException e)
        {
            return Result<LayerExposure>.Fail(e.Diagnostic);
        }
    }

    static OrderedDictionary<string, Value> ByName(Model model)
    {
        var graph = model.Main;
        var slots = new Dictionary<Value, string>();
        for (var i = 0; i < graph.Outputs.Count; i++) slots.TryAdd(graph.Outputs[i], graph.OutputNames[i]);
        var values = new OrderedDictionary<string, Value>(StringComparer.Ordinal);
        foreach (var value in graph.Nodes.SelectMany(n => n.Outputs))
            // A name that belongs to an output slot means the value there.
            if (slots.TryGetValue(value, out var slot)) values.TryAdd(slot, value);
            else if (value is { HasUses: true, Constant: null } && !graph.OutputNames.Contains(value.Name)) values.TryAdd(value.Name, value);
        return values;
    }
}
