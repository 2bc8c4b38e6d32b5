using System.Collections.Immutable;
using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Interface;

/// <summary>
/// Puts the bodies of local functions in the place of their calls, attribute parameters replaced by what the call or the function's default
/// gives. A function written against other operator versions than its caller stays. <c>prune-functions</c> removes what is no longer called.
/// </summary>
[Pass("inline-functions", "f(x) -> body of f, for local functions")]
public sealed class InlineFunctions(InlineFunctions.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Names of the functions to inline, `domain.Name` or `Name`; all when empty.")]
        public ImmutableArray<string> Only { get; init; } = [];
    }

    public override void Run(Model model, PassContext cx)
    {
        if (model.Functions.Count == 0 && options.Only.IsDefaultOrEmpty) return;
        string[] names = [.. model.Functions.SelectMany(f => new[] { f.Id.ToString(), f.Id.Name })];
        var only = options.Only.IsDefault ? [] : options.Only.ToHashSet(StringComparer.Ordinal);
        foreach (var name in only.Where(n => !names.Contains(n, StringComparer.Ordinal)).Order(StringComparer.Ordinal))
            cx.Report(Diagnostic.Create(Descriptors.UnknownFunctionToInline, ModelLocation.Of(model), name) with { Help = Suggestions.Help(name, names) });
        if (cx.Diagnostics.Any(d => d.IsError)) return;

        // Callees first, so that a body is flat by the time it is copied.
        foreach (var function in CalleesFirst(model)) InlineInto(function.Body, only, cx);
        InlineInto(model.Main, only, cx);
    }

    static List<Function> CalleesFirst(Model model)
    {
        var order = new List<Function>();
        var entered = new HashSet<Function>();
        var stack = new Stack<(Function Function, bool Done)>();
        foreach (var root in model.Functions)
        {
            stack.Push((root, false));
            while (stack.TryPop(out var top))
            {
                if (top.Done) order.Add(top.Function);
                if (top.Done || !entered.Add(top.Function)) continue;
                stack.Push((top.Function, true));
                foreach (var (node, _) in Calls(top.Function.Body))
                    if (model.Functions[node.Op] is { } callee && !entered.Contains(callee)) stack.Push((callee, false));
            }
        }
        return order;
    }

    static IEnumerable<(Node Node, Function Function)> Calls(Graph root)
    {
        var pending = new Stack<Graph>([root]);
        while (pending.TryPop(out var graph))
        {
            foreach (var node in graph.Nodes)
            {
                foreach (var body in node.Subgraphs) pending.Push(body);
                if (graph.Model.Functions[node.Op] is { } function) yield return (node, function);
            }
        }
    }

    static void InlineInto(Graph root, HashSet<string> only, PassContext cx)
    {
        foreach (var (node, function) in Calls(root).ToList())
        {
            if (only.Count > 0 && !only.Contains(function.Id.Name) && !only.Contains(function.Id.ToString())) continue;
            if (!cx.Selects(node)) continue;
            if (ReasonAgainst(node, function) is { } reason) cx.Skip(reason);
            else if (cx.TryStep(node, "inline a call")) Inline(node, function);
        }
    }

    static string? ReasonAgainst(Node call, Function function)
    {
        if (call.InputCount > function.Body.Inputs.Count || call.Outputs.Length > function.Body.Outputs.Count) return "the call does not fit the function";
        if (function.Opsets.Entries.Any(e => call.Graph.Opsets.Has(e.Key) && call.Graph.Opsets[e.Key] != e.Value)) return "the function is written against other operator versions";
        if (function.Opsets.Entries.Any(e => !call.Graph.Opsets.Has(e.Key))) return "the caller does not import a domain of the function";
        if (function.DefaultAttributes.Concat(call.Attributes).Any(a => !a.Value.Graphs.IsEmpty)) return "a parameter is a graph";
        if (function.Body.Annotations.Count > 0) return "the function has quantization annotations";
        return null;
    }

    static void Inline(Node call, Function function)
    {
        var body = function.Body;
        var copy = new BodyCopy(call.Graph, call)
        {
            Parameters = p => call.Attributes[p] ?? function.DefaultAttributes[p],
            Scope = string.IsNullOrEmpty(call.Name) ? string.Create(CultureInfo.InvariantCulture, $"{function.Id.Name}_{call.Id}") : call.Name,
        };
        for (var i = 0; i < body.Inputs.Count; i++) copy.Bind(body.Inputs[i], call.Input(i));
        copy.Add(body);
        copy.Replace(call, [.. body.Outputs.Take(call.Outputs.Length).Select(o => copy[o])]);
    }
}
