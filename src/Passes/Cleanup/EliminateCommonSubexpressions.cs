using Onnxc.IR;

namespace Onnxc.Passes.Cleanup;

/// <summary>
/// <c>y = f(x), z = f(x) -> z = y</c>, and the same for initializers of equal content; within one graph. Random and stateful operators,
/// those of unknown domains, and nodes that hold subgraphs stay apart.
/// </summary>
[Pass("eliminate-common-subexpressions", "y = f(x), z = f(x) -> z = y; equal initializers become one.", PreservesFusions = true)]
public sealed class EliminateCommonSubexpressions : GraphPass
{
    protected override void Run(Graph graph, PassContext cx)
    {
        MergeInitializers(graph, cx);
        MergeNodes(graph, cx);
    }

    static void MergeInitializers(Graph graph, PassContext cx)
    {
        // An initializer that a caller may override has no Constant. Unused ones may be shadowed by a later one of the same name.
        var candidates = graph.Initializers.Where(v => v.HasUses && v.Constant is not null)
            .GroupBy(v => ConstantSketch.Of(v.Constant!)).Where(g => g.Skip(1).Any());
        foreach (var similar in candidates.ToList())
        {
            foreach (var equal in similar.GroupBy(v => v.Constant!.ContentHash()).ToList())
            {
                var kept = equal.First();
                foreach (var value in equal.Skip(1).Where(v => v.Constant!.ContentEquals(kept.Constant!)))
                {
                    if (!cx.TryStep(null, $"merge `{value}` into `{kept}`")) continue;
                    value.ReplaceAllUsesWith(kept);
                    graph.RemoveInitializer(value);
                }
            }
        }
    }

    static void MergeNodes(Graph graph, PassContext cx)
    {
        var purity = new Purity(graph.Model);
        var known = new HashSet<Node>(graph.Nodes.Count, new NodeEquality());
        // In topological order the inputs of a node are merged before it is looked up.
        foreach (var node in graph.Nodes)
        {
            if (!node.Outputs.Any(o => o.HasUses)) continue;
            if (!known.TryGetValue(node, out var kept))
            {
                known.Add(node);
                continue;
            }
            if (purity.ReasonAgainst(node) is { } reason) cx.Skip(reason);
            else if (node.Outputs.Zip(kept.Outputs).Any(p => p.First.IsGraphOutput && p.Second.IsGraphOutput))
                cx.Skip("both values are outputs");
            else if (cx.Selects(node) && cx.TryStep(node, "merge equal nodes", kept.Outputs[0])) Merge(node, kept);
        }
    }

    static void Merge(Node node, Node kept)
    {
        foreach (var (value, same) in node.Outputs.Zip(kept.Outputs))
        {
            if (same.Type is null || (value.IsGraphOutput && value.Type is not null)) same.SetType(value.Type, value.TypeIsInferred);
            value.ReplaceAllUsesWith(same);
        }
        node.Graph.RemoveNode(node);
    }
}
