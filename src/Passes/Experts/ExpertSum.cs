using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>Sums of terms of experts, in whatever order and by whatever operators they are added up. One instance serves one graph.</summary>
sealed class ExpertSum
{
    readonly Dictionary<Value, List<ExpertTerm>?> known = [];

    /// <summary>The terms; null when something else is added as well.</summary>
    public List<ExpertTerm>? Terms(Value value)
    {
        // Sums grow along a chain as long as there are experts, so the way down is kept here instead of on the stack.
        var pending = new Stack<Value>([value]);
        while (pending.TryPeek(out var top))
        {
            if (known.ContainsKey(top) || Next(top) is not { } parts)
            {
                known.TryAdd(top, RoutingView.IsZero(top) ? [] : ExpertTerm.Of(top, null) is { } term ? [term] : null);
                pending.Pop();
                continue;
            }
            var open = parts.Before.Where(p => !known.ContainsKey(p)).ToList();
            if (open.Count > 0)
            {
                foreach (var part in open) pending.Push(part);
                continue;
            }
            pending.Pop();
            known[top] = Join(parts);
        }
        return known[value];
    }

    List<ExpertTerm>? Join((Value[] Before, ExpertTerm? Term) parts)
    {
        var terms = new List<ExpertTerm>();
        foreach (var part in parts.Before)
        {
            if (known[part] is not { } more) return null;
            terms.AddRange(more);
        }
        if (parts.Term is not null) terms.Add(parts.Term);
        return terms;
    }

    // What a value adds up; null when it is no sum.
    static (Value[] Before, ExpertTerm? Term)? Next(Value value)
    {
        if (value.Producer is not { Op.IsStandard: true } node || node.Input(0) is not { } first || node.Input(1) is not { } second) return null;
        if (node.Op.Name == "Add") return ([first, second], null);
        if (node.Op.Name is not ("ScatterND" or "ScatterElements") || node.Input(2) is not { } update) return null;
        if (node.Op.Name == "ScatterElements" && node.Attributes.Int("axis", 0) != 0) return null;
        if (node.Attributes.Text("reduction") is "add") return ExpertTerm.Of(update, second) is { } added ? ([first], added) : null;
        // Before version 16 there is no reduction: the old rows are fetched, added to, and put back; every token stands there once.
        if (node.Attributes.Has("reduction") || update.Producer is not { } sum || !sum.Op.Is("Add")) return null;
        for (var slot = 0; slot < 2; slot++)
        {
            if (sum.Input(slot)?.Producer is not { } fetched || !(fetched.Op.Is("Gather") || fetched.Op.Is("GatherND")) || !ReferenceEquals(fetched.Input(0), first)) continue;
            if (TokenSelection.Of(fetched.Input(1)) is (_, RoutingAxis.Token, var from) && TokenSelection.Of(second) is (_, RoutingAxis.Token, var to) && from == to
                && sum.Input(1 - slot) is { } more && ExpertTerm.Of(more, second) is { } term) return ([first], term);
        }
        return null;
    }
}
