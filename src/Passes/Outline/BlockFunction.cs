using Onnxc.IR;

namespace Onnxc.Passes.Outline;

/// <summary>Makes a function of a block, and calls of its occurrences. Everything that differs between occurrences is an input.</summary>
sealed class BlockFunction
{
    readonly Block block;
    readonly BlockNames names;
    readonly long largestConstant;
    readonly Function function;

    // Where to find what a call passes: an occurrence may use what the call of another one makes, so not the values.
    readonly List<(int Offset, int Slot)> arguments = [];
    readonly Dictionary<(int Offset, int Output), Value> inside = [];
    readonly List<(int Offset, int Output)> results = [];

    public BlockFunction(Block block, BlockNames names, OpId id, long largestConstant)
    {
        (this.block, this.names, this.largestConstant) = (block, names, largestConstant);
        var first = block.NodeAt(0, block.Offsets[0]);
        // Constants are nodes of the standard domain here, whatever the block consists of.
        var imports = first.Graph.Opsets.Has("") ? OpsetImports.Empty.With("", first.Graph.Opsets[""]) : OpsetImports.Empty;
        foreach (var offset in block.Offsets)
        {
            var domain = block.NodeAt(0, offset).Op.Domain;
            imports = imports.With(domain, first.Graph.Opsets[domain]);
        }
        function = first.Graph.Model.AddFunction(id, imports);
    }

    public void Extract()
    {
        FillBody();
        for (var i = 0; i < block.Starts.Count; i++) Call(i);
    }

    void FillBody()
    {
        var parameters = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var offset in block.Offsets)
        {
            var node = block.NodeAt(0, offset);
            var made = block.Inside(offset).ToDictionary(i => i.Slot, i => inside[(i.Source.Position, i.Source.Output)]);
            var inputs = new Value?[node.InputCount];
            for (var slot = 0; slot < inputs.Length; slot++)
                inputs[slot] = node.Input(slot) is null ? null : made.GetValueOrDefault(slot) ?? Parameter(offset, slot, parameters);
            var copy = function.Body.AddNode(node.Op, inputs, node.Outputs.Select((o, i) => o.Name.Length == 0 ? "" : names.OfResult(offset, i)),
                node.Attributes, names.OfNode(offset));
            if (AreEqual([.. Enumerable.Range(0, block.Starts.Count).Select(i => block.NodeAt(i, offset).Metadata)])) copy.CopyMetadata(node);
            for (var i = 0; i < copy.Outputs.Length; i++)
            {
                inside[(offset, i)] = copy.Outputs[i];
                if (block.IsUsedOutside(offset, i)) results.Add((offset, i));
            }
        }
        foreach (var result in results) function.Body.AddOutput(inside[result]);
    }

    /// <summary>The value in the body for an input from outside: one for slots that get the same in every occurrence.</summary>
    Value Parameter(int offset, int slot, Dictionary<string, Value> parameters)
    {
        Value[] values = [.. Enumerable.Range(0, block.Starts.Count).Select(i => block.NodeAt(i, offset).Input(slot)!)];
        var key = string.Join(',', values.Select(v => v.Id));
        if (parameters.TryGetValue(key, out var known)) return known;
        if (values[0].Constant is DenseTensor data && data.ByteLength <= largestConstant && Array.TrueForAll(values, v => v.Constant is { } d && d.ContentEquals(data)))
            return parameters[key] = function.Body.AddInitializer(names.OfConstant(values), data);
        arguments.Add((offset, slot));
        return parameters[key] = function.Body.AddInput(names.OfParameter(values));
    }

    void Call(int occurrence)
    {
        var nodes = block.Offsets.Select(o => block.NodeAt(occurrence, o)).ToList();
        var graph = nodes[0].Graph;
        Value[] old = [.. results.Select(r => block.NodeAt(occurrence, r.Offset).Outputs[r.Output])];
        // Everything that flows in is made before the last member, and everything that flows out is used after it.
        var call = graph.AddNode(function.Id, [.. arguments.Select(a => block.NodeAt(occurrence, a.Offset).Input(a.Slot))], old.Select(o => o.Name), null, names.OfCall(occurrence, function.Id.Name), nodes[^1]);
        foreach (var (value, replacement) in old.Zip(call.Outputs))
        {
            replacement.SetType(value.Type, value.TypeIsInferred);
            value.ReplaceAllUsesWith(replacement);
        }
        nodes.Reverse();
        var inputs = nodes.SelectMany(n => n.Inputs).OfType<Value>().ToList();
        foreach (var node in nodes) graph.RemoveNode(node);
        foreach (var value in inputs) Drop(value);
        graph.Import(function.Id.Domain, 1);
    }

    // Constants that are inside now.
    static void Drop(Value value)
    {
        if (value.HasUses || value.Constant is null) return;
        if (value.Producer is { IsRemoved: false } node) node.Graph.RemoveNode(node);
        else if (value.IsInitializer) value.Graph.RemoveInitializer(value);
    }

    static bool AreEqual(IReadOnlyList<KeyValuePair<string, string>>[] metadata) => Array.TrueForAll(metadata, m => m.SequenceEqual(metadata[0]));
}
