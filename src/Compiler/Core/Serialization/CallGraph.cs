using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Serialization;

/// <summary>
/// Checks calls of local functions: none may reach itself, and expanding all of them must stay within a budget (functions that call each
/// other twice per level grow exponentially).
/// </summary>
static class CallGraph
{
    public static void Check(Model model, long maxExpandedNodes)
    {
        if (model.Functions.Count == 0) return;
        var sizes = new Dictionary<Function, Int128>();
        foreach (var function in model.Functions) Size(model, function, sizes, maxExpandedNodes);
        var total = Sum(Calls(model, model.Main), sizes);
        if (total > maxExpandedNodes) throw TooLarge(model.Main, total, maxExpandedNodes);
    }

    static void Size(Model model, Function root, Dictionary<Function, Int128> sizes, long limit)
    {
        // Depth first with an explicit stack: call chains may be as long as the file.
        var active = new HashSet<Function>();
        var stack = new Stack<(Function Function, IEnumerator<Function> Callees)>();
        void Enter(Function f)
        {
            active.Add(f);
            stack.Push((f, Callees(model, f).GetEnumerator()));
        }
        if (!sizes.ContainsKey(root)) Enter(root);
        while (stack.TryPeek(out var top))
        {
            if (top.Callees.MoveNext())
            {
                var callee = top.Callees.Current;
                if (active.Contains(callee))
                {
                    var through = ReferenceEquals(callee, top.Function) ? "" : $" through `{top.Function.Id}`";
                    throw new DiagnosticException(Diagnostic.Create(Descriptors.CyclicFunctions, ModelLocation.Of(callee.Body), callee.Id, through));
                }
                if (!sizes.ContainsKey(callee)) Enter(callee);
                continue;
            }
            stack.Pop();
            active.Remove(top.Function);
            var size = Sum(Calls(model, top.Function.Body), sizes);
            if (size > limit) throw TooLarge(top.Function.Body, size, limit);
            sizes[top.Function] = size;
        }
    }

    static IEnumerable<Function> Callees(Model model, Function function) => Calls(model, function.Body).OfType<Function>().Distinct();

    // One entry per node: the function it calls, or null for an operator.
    static IEnumerable<Function?> Calls(Model model, Graph body)
    {
        var pending = new Stack<Graph>([body]);
        while (pending.TryPop(out var graph))
            foreach (var node in graph.Nodes)
            {
                yield return model.Functions[node.Op];
                foreach (var nested in node.Subgraphs) pending.Push(nested);
            }
    }

    static Int128 Sum(IEnumerable<Function?> calls, Dictionary<Function, Int128> sizes) =>
        calls.Aggregate(Int128.Zero, (sum, f) => sum + (f is null ? 1 : sizes[f]));

    static DiagnosticException TooLarge(Graph graph, Int128 size, long limit) =>
        new(Diagnostic.Create(Descriptors.TooLarge, ModelLocation.Of(graph), size, "nodes once its functions are expanded", limit));
}
