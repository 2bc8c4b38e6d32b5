using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Values of what one model computes from constants and the other does not, so that folded values are found by content. Computed here from
/// the models' own nodes: what the passes made of them plays no part.
/// </summary>
sealed class ConstantFolding
{
    static readonly IReadOnlyDictionary<Value, TensorData> None = new Dictionary<Value, TensorData>();

    readonly TimeSpan budget;

    /// <summary>Compares by structure alone which values the models have in common.</summary>
    public ConstantFolding(Model original, Model result, NumberTable table, TimeSpan budget)
    {
        this.budget = budget;
        var (left, right) = (new ModelNumbering(original, table), new ModelNumbering(result, table));
        left.Run();
        right.Run();
        Original = Evaluate(left, right);
        Result = Evaluate(right, left);
    }

    public IReadOnlyDictionary<Value, TensorData> Original { get; }

    public IReadOnlyDictionary<Value, TensorData> Result { get; }

    IReadOnlyDictionary<Value, TensorData> Evaluate(ModelNumbering numbering, ModelNumbering other)
    {
        var targets = Targets(numbering).Where(v => other.Representative(numbering.NumberOf(v)) is null).ToList();
        if (targets.Count == 0) return None;
        var region = new Region(numbering, static _ => false, targets);
        if (region.Problem is not null) return None;
        var weights = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        var extract = region.Build(new FunctionSection(), new SortedDictionary<int, TensorType>(), "weight", weights);
        byte[] bytes;
        try
        {
            bytes = extract.ToBytes();
        }
        catch (DiagnosticException)
        {
            return None;
        }
        var loaded = OrtModel.Load(bytes, RegionCheck.Settings);
        if (!loaded.IsOk) return None;
        using var model = loaded.Value;
        var run = model.Run(weights.ToDictionary(w => w.Key, RuntimeValue (w) => new TensorValue(w.Value), StringComparer.Ordinal), timeout: budget);
        if (!run.IsOk) return None;
        var values = new Dictionary<Value, TensorData>();
        for (var i = 0; i < targets.Count; i++)
            if (run.Value[Region.TargetName(i)] is TensorValue { Data: var data }) values[targets[i]] = data;
        return values;
    }

    // Values that depend on constants alone and are used by something that does not.
    static List<Value> Targets(ModelNumbering numbering)
    {
        var cone = new HashSet<Node>();
        foreach (var graph in numbering.Model.Bodies().Where(b => b.Function is null))
            foreach (var node in graph.Nodes)
                if (!node.Subgraphs.Any() && numbering.IsPure(node) && !Region.HasParameters(node) && IsConstant(node, cone)) cone.Add(node);
        return [.. cone.SelectMany(n => n.Outputs).Where(o => o.Constant is null && o.Uses.Any(u => u.Node is not { } user || !cone.Contains(user)))];
    }

    static bool IsConstant(Node node, HashSet<Node> cone)
    {
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i) is { Constant: null } value && (value.Producer is not { } producer || !cone.Contains(producer))) return false;
        return true;
    }
}
