using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;

namespace Onnxc.Rewriting;

/// <summary>
/// Applies one rule to one graph with a worklist: candidates in graph order, then what a replacement may have made possible. Takes time
/// linear in the graph and the number of replacements.
/// </summary>
sealed class RewriteDriver
{
    // A rule that ends needs at most a few replacements for every node; one that undoes itself needs more soon.
    const int StepsPerNode = 16;

    // A value with more uses than this is not followed further down: only shared interior nodes have so many.
    const int WidestFollowed = 16;

    readonly RewriteRule rule;
    readonly Graph graph;
    readonly PassContext cx;
    readonly OpPattern pattern;
    readonly Matcher matcher;
    readonly MatchTrace? trace;
    readonly Queue<Node> queue = new();
    readonly HashSet<Node> queued = [];
    readonly OrderedDictionary<Node, string> declined = [];
    readonly HashSet<Node> denied = [];
    readonly int depth;
    readonly int slots;

    public RewriteDriver(RewriteRule rule, Graph graph, PassContext cx)
    {
        (this.rule, this.graph, this.cx, pattern) = (rule, graph, cx, rule.Root);
        (depth, slots) = (pattern.Depth, pattern.SlotCount);
        trace = cx.Trace is { } t && t.Rule == rule.Name ? t : null;
        matcher = new Matcher(pattern, trace is not null);
    }

    public void Run()
    {
        foreach (var node in graph.Nodes) Enqueue(node);
        var limit = (long)graph.Nodes.Count * StepsPerNode + 1024;
        long steps = 0;
        while (queue.TryDequeue(out var node))
        {
            queued.Remove(node);
            if (node.IsRemoved || denied.Contains(node) || !Visit(node)) continue;
            if (++steps <= limit) continue;
            cx.Report(Diagnostic.Create(Descriptors.RewritingDoesNotEnd, ModelLocation.Of(graph), rule.Name, steps));
            break;
        }
        foreach (var (node, reason) in declined)
            if (!node.IsRemoved) cx.Skip(reason);
    }

    void Enqueue(Node? node)
    {
        if (node is null || node.IsRemoved || !ReferenceEquals(node.Graph, graph) || !pattern.Accepts(node.Op)) return;
        if (queued.Add(node)) queue.Enqueue(node);
    }

    bool Visit(Node node)
    {
        declined.Remove(node);
        if (!node.Outputs.Any(o => o.HasUses)) return false;
        if (matcher.Match(node) is not { } match)
        {
            if (matcher.NearMiss is { } miss) trace?.Missed(node, miss.At, miss.Reason, miss.Depth);
            return false;
        }
        if (!cx.Selects(node)) return false;
        var rewrite = rule.Apply(match);
        if (rewrite.Build is null)
        {
            declined[node] = rewrite.Reason!;
            // One deeper than any structural miss: everything fitted.
            trace?.Missed(node, rewrite.At, rewrite.Reason!, match.Nodes.Count() + 1);
            return false;
        }
        if (cx.TryStep(node, rule.Name))
        {
            trace?.Matched();
            return Replace(match, rewrite);
        }
        denied.Add(node);
        return false;
    }

    bool Replace(Match match, Rewrite rewrite)
    {
        var root = rewrite.Target;
        var builder = new GraphBuilder(graph, root, rule.Name);
        var values = rewrite.Build!(builder);
        if (Conflict(root, values) is { } conflict)
        {
            cx.Report(conflict);
            Undo(builder);
            denied.Add(match.Root);
            return false;
        }
        var moved = new List<Use>();
        for (var i = 0; i < root.Outputs.Length; i++)
        {
            if (!root.Outputs[i].HasUses) continue;
            moved.AddRange(root.Outputs[i].Uses);
            Substitute(root.Outputs[i], values[i]!, builder);
        }
        Stamp(root, rewrite.At, builder);
        var lostUses = RemoveMatched([.. match.Nodes.Concat(rewrite.Others).Distinct()]);

        foreach (var node in builder.Created) Enqueue(node);
        foreach (var use in moved) Follow(use.Node, depth);
        foreach (var value in lostUses)
        {
            Enqueue(value.Producer);
            // Beyond that many uses it cannot be interior to a match, whatever was removed.
            if (value.UseCount > slots) continue;
            foreach (var use in value.Uses) Follow(use.Node, depth);
        }
        return true;
    }

    Diagnostic? Conflict(Node root, IReadOnlyList<Value?> values)
    {
        for (var i = 0; i < root.Outputs.Length; i++)
        {
            var old = root.Outputs[i];
            if (!old.HasUses) continue;
            if (i >= values.Count || values[i] is not { } value || ReferenceEquals(value.Producer, root))
                throw new InvalidOperationException($"`{rule.Name}` gives no replacement for output {i} of `{root.DisplayName}`");
            if (old.Type is { } before && value.Type is { } after && !before.IsCompatibleWith(after))
                return Diagnostic.Create(Descriptors.ReplacementTypeConflict, ModelLocation.Of(root), rule.Name, old.Name, before, after);
        }
        return null;
    }

    void Undo(GraphBuilder builder)
    {
        foreach (var node in builder.Created.Reverse()) graph.RemoveNode(node);
        foreach (var value in builder.Constants)
            if (value.IsInitializer) graph.RemoveInitializer(value);
    }

    void Stamp(Node root, Node namedAfter, GraphBuilder builder)
    {
        var operations = builder.Created.Where(n => !n.Op.Is("Constant")).ToList();
        var name = string.IsNullOrEmpty(namedAfter.Name) ? root.Name : namedAfter.Name;
        if (operations.Count == 1 && !string.IsNullOrEmpty(name)) operations[0].Name = name;
        // Nodes have metadata since IR version 10.
        if (graph.Model.IrVersion < 10) return;
        foreach (var node in builder.Created)
        {
            foreach (var (key, value) in root.Metadata) node.AddMetadata(key, value);
            node.AddMetadata("onnxc.rule", rule.Name);
        }
    }

    void Substitute(Value old, Value value, GraphBuilder builder)
    {
        var isNew = value.Producer is { } producer && builder.Created.Contains(producer) && !producer.Op.Is("Constant");
        var isPublic = old.IsGraphOutput;
        if (isPublic && (!ReferenceEquals(value.Producer?.Graph, graph) || value.IsGraphOutput))
        {
            // An output must be made by a node of its own graph, and by another one than the other outputs.
            var copy = builder.Op("Identity", [value]);
            CarryType(old, copy, true);
            copy.Name = old.Name;
            foreach (var use in old.Uses)
                if (use.IsGraphOutput) use.User.SetOperand(use.Slot, copy);
            isPublic = false;
        }
        CarryType(old, value, isPublic);
        old.ReplaceAllUsesWith(value);
        // The new value is the old one to whoever looks it up by name: calibration tables, layer-wise comparisons.
        if (isNew) value.Name = old.Name;
    }

    static void CarryType(Value old, Value value, bool isPublic)
    {
        if (old.Type is not { } before) return;
        if (value.Type is not { } after) value.SetType(before, old.TypeIsInferred);
        else if (value.IsGraphInput || value.IsInitializer) return;
        else if (isPublic) value.SetType(TypeRefinement.Merge(before, after), value.TypeIsInferred && old.TypeIsInferred);
        else value.SetType(TypeRefinement.Merge(after, before), value.TypeIsInferred);
    }

    /// <summary>Removes what nothing uses any more of the nodes that took part; returns the values that lost uses by that.</summary>
    List<Value> RemoveMatched(List<Node> pending)
    {
        var lost = new List<Value>();
        // Several rounds where a node stands in the list before one of its users.
        while (pending.FirstOrDefault(n => n.Outputs.All(o => !o.HasUses)) is { } node)
        {
            pending.Remove(node);
            for (var i = 0; i < node.InputCount; i++)
                if (node.Input(i) is { } value) lost.Add(value);
            declined.Remove(node);
            graph.RemoveNode(node);
        }
        return lost;
    }

    /// <summary>Enqueues a node, and those below it for which it may lie inside a match.</summary>
    void Follow(Node? node, int levels)
    {
        if (node is null || levels == 0 || node.IsRemoved) return;
        Enqueue(node);
        foreach (var output in node.Outputs)
        {
            if (output.UseCount > Math.Max(slots, WidestFollowed)) continue;
            foreach (var use in output.Uses) Follow(use.Node, levels - 1);
        }
    }
}
