using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Finds the nodes of a model that ONNX Runtime has fused into one, by the names of the values where the fused node begins and ends.</summary>
sealed class FusedPatterns
{
    // The product, and the views before and behind it.
    const int StepsBehind = 3;

    readonly Model original;
    readonly Dictionary<string, Value> made;

    // ONNX Runtime computes these before it looks for patterns.
    readonly HashSet<Node> constant = [];

    public FusedPatterns(Model original)
    {
        this.original = original;
        made = ByName(original);
        foreach (var node in original.AllNodes())
            if (!node.Subgraphs.Any() && node.Inputs.All(IsConstant)) constant.Add(node);
    }

    /// <summary>
    /// Nodes of the model that were fused into <paramref name="fused"/>, and those around that ONNX Runtime looks at on the way: it takes GPT-2's
    /// attention for one only where the product behind is reshaped just so.
    /// </summary>
    public IReadOnlySet<Node> AtAndAround(IEnumerable<Node> fused)
    {
        var found = fused.SelectMany(Pattern).ToHashSet();
        var edge = found.ToList();
        for (var step = 0; step < StepsBehind; step++)
        {
            edge = [.. edge.SelectMany(n => n.Outputs).SelectMany(o => o.Uses).Select(u => u.Node).OfType<Node>().Where(n => !constant.Contains(n) && found.Add(n))];
            foreach (var node in edge.Where(n => n.Op.Is("Reshape"))) AddShape(node.Input(1), found);
        }
        return found;
    }

    void AddShape(Value? shape, HashSet<Node> found)
    {
        var pending = new Stack<Value?>([shape]);
        while (pending.TryPop(out var value))
        {
            if (value?.Producer is not { } producer || constant.Contains(producer) || !found.Add(producer) || producer.Op.Is("Shape")) continue;
            foreach (var input in producer.Inputs) pending.Push(input);
        }
    }

    /// <summary>
    /// True when what was fused into <paramref name="fused"/> is in <paramref name="result"/> node by node, with the same constants, and nothing else
    /// looks into it.
    /// </summary>
    public bool AreIn(Model result, IEnumerable<Node> fused)
    {
        var others = ByName(result);
        // Bodies may use a name each for themselves.
        if (made.Count < Named(original).Count() || others.Count < Named(result).Count()) return false;
        foreach (var node in fused)
        {
            // ONNX Runtime may have named the value anew.
            if (node.Outputs.Any(o => o.Name.Length > 0 && !made.ContainsKey(o.Name))) return false;
            if (!Pattern(node).SelectMany(n => n.Outputs).All(o => o.Name.Length == 0 || (others.GetValueOrDefault(o.Name) is { } other && IsAsBefore(o, other)))) return false;
        }
        return true;
    }

    bool IsAsBefore(Value before, Value after)
    {
        var (node, other) = (before.Producer!, after.Producer!);
        return before.OutputIndex == after.OutputIndex && before.IsGraphOutput == after.IsGraphOutput && before.UseCount == after.UseCount
            && node.Op == other.Op && node.InputCount == other.InputCount
            && node.Attributes.Count == other.Attributes.Count && node.Attributes.All(a => a.Value.Equals(other.Attributes[a.Key]))
            && node.Inputs.Zip(other.Inputs).All(p => IsSame(p.First, p.Second));
    }

    // Another name for the same constant is no change; a value that has become one, is: it may decide whether a pattern is one.
    bool IsSame(Value? before, Value? after)
    {
        if (before is null || after is null) return before is null && after is null;
        if (before.Constant is { } data) return after.Constant is { } other && data.ContentEquals(other);
        return before.Name == after.Name && (IsConstant(before) || after.Constant is null);
    }

    bool IsConstant(Value? value) => value is null || value.Constant is not null || (value.Producer is { } producer && constant.Contains(producer));

    HashSet<Node> Pattern(Node fused)
    {
        var ends = fused.Inputs.OfType<Value>().Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        var pending = new Stack<Node>(fused.Outputs.Select(o => made.GetValueOrDefault(o.Name)?.Producer).OfType<Node>());
        var pattern = new HashSet<Node>();
        while (pending.TryPop(out var inner))
        {
            if (constant.Contains(inner) || !pattern.Add(inner)) continue;
            foreach (var input in inner.Inputs)
                if (input?.Producer is { } producer && !ends.Contains(input.Name)) pending.Push(producer);
        }
        return pattern;
    }

    static IEnumerable<Value> Named(Model model) => model.AllNodes().SelectMany(n => n.Outputs).Where(o => o.Name.Length > 0);

    static Dictionary<string, Value> ByName(Model model) => Named(model).DistinctBy(o => o.Name, StringComparer.Ordinal).ToDictionary(o => o.Name, StringComparer.Ordinal);
}
