using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Puts constants in the place of what the original computes from constants and the result no longer does, so that folded values are found
/// by content. Computed here, in one run, from the original's own nodes: what the passes made of them plays no part.
/// </summary>
static class ConstantFolding
{
    public static void Fold(Model original, Model result, NumberTable table, TimeSpan budget)
    {
        var numbering = new ModelNumbering(original, table);
        numbering.Run();
        var kept = new ModelNumbering(result, table);
        kept.Run();
        var targets = Targets(original, numbering).Where(v => kept.Representative(numbering.NumberOf(v)) is null).ToList();
        if (targets.Count == 0) return;
        var region = new Region(numbering, static _ => false, targets);
        if (region.Problem is not null) return;
        var weights = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        var extract = region.Build(new FunctionSection(), new SortedDictionary<int, TensorType>(), "weight", weights);
        var loaded = OrtModel.Load(extract.ToBytes(), RegionCheck.Settings);
        if (!loaded.IsOk) return;
        using var model = loaded.Value;
        var run = model.Run(weights.ToDictionary(w => w.Key, RuntimeValue (w) => new TensorValue(w.Value), StringComparer.Ordinal), timeout: budget);
        if (!run.IsOk) return;
        for (var i = 0; i < targets.Count; i++)
            if (run.Value[Region.TargetName(i)] is TensorValue { Data: var data })
                targets[i].ReplaceAllUsesWith(targets[i].Graph.AddInitializer(targets[i].Name, data));
    }

    // Values that depend on constants alone and are used by something that does not.
    static List<Value> Targets(Model original, ModelNumbering numbering)
    {
        var cone = new HashSet<Node>();
        foreach (var graph in original.Bodies().Where(b => b.Function is null))
            foreach (var node in graph.Nodes)
                if (!node.Subgraphs.Any() && numbering.IsPure(node) && IsConstant(node, cone)) cone.Add(node);
        return [.. cone.SelectMany(n => n.Outputs).Where(o => o.Constant is null && o.Uses.Any(u => u.Node is not { } user || !cone.Contains(user)))];
    }

    static bool IsConstant(Node node, HashSet<Node> cone)
    {
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i) is { Constant: null } value && (value.Producer is not { } producer || !cone.Contains(producer))) return false;
        return true;
    }
}
