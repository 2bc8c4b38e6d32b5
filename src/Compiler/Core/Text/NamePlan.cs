using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>
/// Names for one body and everything nested in it, such that each use, read by name from the innermost graph outwards, means the value it
/// means now. Names stay as they are wherever that allows it.
/// </summary>
sealed class NamePlan
{
    readonly Dictionary<Value, string> changed = [];
    readonly Dictionary<Graph, string[]> slots = [];
    readonly Dictionary<Graph, List<(string Name, Value Source)>> identities = [];

    public static NamePlan For(Graph root)
    {
        var plan = new NamePlan();
        var graphs = new List<Graph>();
        var pending = new Stack<Graph>();
        // Graphs among the defaults of a function belong to its body; nothing else leads to them.
        foreach (var g in root.IsFunctionBody ? root.Function!.DefaultAttributes.SelectMany(a => a.Value.Graphs) : []) pending.Push(g);
        pending.Push(root);
        while (pending.TryPop(out var graph))
        {
            graphs.Add(graph);
            foreach (var body in graph.Nodes.SelectMany(n => n.Subgraphs)) pending.Push(body);
        }
        var captures = graphs.ToDictionary(g => g, _ => new HashSet<Value>());
        foreach (var graph in graphs)
        {
            foreach (var node in graph.Nodes)
                for (var i = 0; i < node.InputCount; i++) Capture(captures, graph, node.Input(i));
            foreach (var output in graph.Outputs) Capture(captures, graph, output);
        }
        foreach (var graph in graphs) plan.Assign(graph, captures[graph]);
        return plan;
    }

    public string NameOf(Value value) => changed.GetValueOrDefault(value) ?? value.Name;

    /// <summary>Name of output slot <paramref name="slot"/>: that of its value, or of an identity of it.</summary>
    public string SlotName(Graph graph, int slot) => slots[graph][slot];

    /// <summary>Identity nodes to print at the end of <paramref name="graph"/>, for slots whose name is not that of their value.</summary>
    public IReadOnlyList<(string Name, Value Source)> Identities(Graph graph) => identities.GetValueOrDefault(graph) ?? [];

    static void Capture(Dictionary<Graph, HashSet<Value>> captures, Graph user, Value? value)
    {
        if (value is null) return;
        for (var g = user; g is not null && !ReferenceEquals(g, value.Graph); g = g.EnclosingGraph)
            if (!captures.TryGetValue(g, out var set) || !set.Add(value)) return;
    }

    void Assign(Graph graph, HashSet<Value> captures)
    {
        var taken = new HashSet<string>(captures.Select(NameOf), StringComparer.Ordinal);
        var done = new HashSet<Value>();
        var fresh = new Dictionary<string, int>(StringComparer.Ordinal);
        HashSet<string>? wanted = null;

        void Keep(Value value)
        {
            // Only an output of a node can be left out; an input or initializer without a name would be lost.
            if (!done.Add(value) || (value.Name.Length == 0 && !value.HasUses && value.Producer is not null)) return;
            if (value.Name.Length > 0 && taken.Add(value.Name)) return;
            wanted ??= new(Defined(graph).Select(v => v.Name).Concat(graph.OutputNames), StringComparer.Ordinal);
            var stem = value.Name.Length > 0 ? value.Name : "v";
            var number = fresh.GetValueOrDefault(stem);
            string name;
            do name = string.Create(CultureInfo.InvariantCulture, $"{stem}_{++number}");
            while (wanted.Contains(name) || !taken.Add(name));
            fresh[stem] = number;
            changed[value] = name;
        }

        foreach (var input in graph.Inputs) Keep(input);
        var outputs = graph.Outputs;
        for (var i = 0; i < outputs.Count; i++)
            if (ReferenceEquals(outputs[i].Graph, graph) && outputs[i].Name == graph.OutputNames[i]) Keep(outputs[i]);

        // Slot names come before those of interior values: callers know them.
        var copies = new List<(string Name, Value Source)>();
        var names = new string?[outputs.Count];
        for (var i = 0; i < outputs.Count; i++)
        {
            var (name, value) = (graph.OutputNames[i], outputs[i]);
            if (name.Length == 0 || name == (done.Contains(value) || captures.Contains(value) ? NameOf(value) : null)) continue;
            if (copies.Contains((name, value))) names[i] = name;
            else if (taken.Add(name))
            {
                names[i] = name;
                copies.Add((name, value));
            }
        }
        foreach (var value in Defined(graph)) Keep(value);
        slots[graph] = [.. names.Select((n, i) => n ?? NameOf(outputs[i]))];
        if (copies.Count > 0) identities[graph] = copies;
    }

    static IEnumerable<Value> Defined(Graph graph) =>
        graph.Inputs.Concat(graph.Initializers).Concat(graph.Nodes.SelectMany(n => n.Outputs));
}
