using Onnxc.IR;

namespace Onnxc.Rewriting;

/// <summary>
/// Fits a pattern to nodes, trying orders and alternatives until the whole fits. What is left to do is a linked list of goals, so that
/// giving up a choice means no more than dropping the bindings made since.
/// </summary>
sealed class Matcher(OpPattern pattern, bool explain)
{
    readonly List<(Pattern Pattern, Value? Value, Node? Node)> bindings = [];
    Node root = null!;

    /// <summary>The attempt that came furthest in the last failed match; only when explanations were asked for.</summary>
    public (Node At, string Reason, int Depth)? NearMiss { get; private set; }

    public Match? Match(Node node)
    {
        root = node;
        NearMiss = null;
        bindings.Clear();
        return pattern.Accepts(node.Op) && SolveNode(pattern, node, null, null) ? new Match(node, [.. bindings]) : null;
    }

    bool Solve(Goal? goal)
    {
        if (goal is null) return IsSelfContained();
        return goal.Pattern switch
        {
            MissingPattern => goal.Value is null ? Solve(goal.Next) : Miss(goal.User, () => "an input that must be left out is given"),
            OneOfPattern oneOf => SolveOneOf(oneOf, goal),
            OpPattern op => SolveOp(op, goal),
            _ => SolveLeaf(goal),
        };
    }

    bool SolveLeaf(Goal goal)
    {
        if (goal.Value is not { } value) return Miss(goal.User, () => "an input is left out");
        if (goal.Pattern is ConstantPattern && value.Constant is null) return Miss(goal.User, () => $"`{value}` is not constant");
        if (Bound(goal.Pattern) is { } bound)
            return ReferenceEquals(bound.Value, value) ? Solve(goal.Next) : Miss(goal.User, () => $"`{value}` is not `{bound.Value}`");
        return Try(goal.Pattern, value, null, goal.Next);
    }

    bool SolveOneOf(OneOfPattern oneOf, Goal goal)
    {
        foreach (var alternative in oneOf.Alternatives)
            if (Try(oneOf, goal.Value, null, goal with { Pattern = alternative })) return true;
        return false;
    }

    bool SolveOp(OpPattern op, Goal goal)
    {
        if (goal.Value is not { } value) return Miss(goal.User, () => "an input is left out");
        if (value.Producer is not { } node) return Miss(goal.User, () => $"`{value}` is not made by {op}");
        if (!op.Accepts(node.Op)) return Miss(node, () => $"is not {op}");
        if (!ReferenceEquals(node.Graph, root.Graph)) return Miss(node, () => "belongs to an enclosing graph");
        if (value.OutputIndex != op.OutputIndex) return Miss(node, () => $"`{value}` is another output than the pattern's");
        if (Bound(op) is { } bound)
            return ReferenceEquals(bound.Node, node) ? Solve(goal.Next) : Miss(node, () => $"is not `{bound.Node!.DisplayName}`");
        return SolveNode(op, node, value, goal.Next);
    }

    bool SolveNode(OpPattern op, Node node, Value? value, Goal? next)
    {
        foreach (var (name, wanted, orAbsent) in op.Attributes)
        {
            var actual = node.Attributes[name];
            if (actual is null ? !orAbsent : actual is ReferenceAttribute || !actual.Equals(wanted))
                return Miss(node, () => $"attribute `{name}` has another value");
        }
        if (!op.IsVariadic)
            for (var i = op.Inputs.Length; i < node.InputCount; i++)
                if (node.Input(i) is not null) return Miss(node, () => "has more inputs than the pattern");

        if (Try(op, value, node, Inputs(op, node, false, next))) return true;
        var canSwap = op.IsCommutative && op.Inputs.Length >= 2 && !ReferenceEquals(node.Input(0), node.Input(1));
        return canSwap && Try(op, value, node, Inputs(op, node, true, next));
    }

    static Goal? Inputs(OpPattern op, Node node, bool swap, Goal? next)
    {
        for (var i = op.Inputs.Length - 1; i >= 0; i--)
            next = new Goal(op.Inputs[i], node.Input(swap && i < 2 ? 1 - i : i), node, next);
        return next;
    }

    bool Try(Pattern bound, Value? value, Node? node, Goal? next)
    {
        var mark = bindings.Count;
        bindings.Add((bound, value, node));
        if (Solve(next)) return true;
        bindings.RemoveRange(mark, bindings.Count - mark);
        return false;
    }

    // Counts the uses inside instead of walking all uses, of which a popular value has as many as the graph has nodes.
    bool IsSelfContained()
    {
        foreach (var (bound, _, node) in bindings)
        {
            if (bound is not OpPattern { IsShared: false } || node is null || ReferenceEquals(node, root)) continue;
            foreach (var output in node.Outputs)
            {
                if (output.UseCount == UsesInside(output)) continue;
                return Miss(node, () => output.IsGraphOutput ? $"`{output}` is a graph output" : $"`{output}` is used outside the match");
            }
        }
        return true;
    }

    int UsesInside(Value value)
    {
        var uses = 0;
        for (var b = 0; b < bindings.Count; b++)
        {
            if (bindings[b].Node is not { } node || bindings.FindIndex(x => ReferenceEquals(x.Node, node)) != b) continue;
            for (var i = 0; i < node.InputCount; i++)
                if (ReferenceEquals(node.Input(i), value)) uses++;
        }
        return uses;
    }

    (Pattern Pattern, Value? Value, Node? Node)? Bound(Pattern wanted)
    {
        foreach (var binding in bindings)
            if (ReferenceEquals(binding.Pattern, wanted)) return binding;
        return null;
    }

    bool Miss(Node at, Func<string> reason)
    {
        if (!explain) return false;
        var depth = bindings.Count(b => b.Node is not null);
        if (depth > (NearMiss?.Depth ?? 0)) NearMiss = (at, reason(), depth);
        return false;
    }

    sealed record Goal(Pattern Pattern, Value? Value, Node User, Goal? Next);
}
