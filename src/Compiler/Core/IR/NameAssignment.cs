using System.Globalization;

namespace Onnxc.IR;

/// <summary>
/// Final names of the values of a body and everything nested in it, for whoever writes it out: each use, read by name from the innermost
/// graph outwards, means the value it means now. Public names belong to slots: an input keeps its name, and the value in an output slot
/// takes the slot's. Where a value cannot have the name (it is an input, stands in two slots, or belongs to an outer graph), the slot gets
/// an <c>Identity</c>. Every other value keeps its name unless that would clash.
/// </summary>
public sealed class NameAssignment
{
    readonly Dictionary<Value, string> changed = [];
    readonly Dictionary<Graph, string[]> slots = [];
    readonly Dictionary<Graph, List<(string Slot, Value Source)>> identities = [];
    readonly bool keepsShadowed;

    /// <summary>
    /// Names for the main graph and every function of <paramref name="model"/>. While it is as it was read, constants that share a name keep it.
    /// </summary>
    public NameAssignment(Model model)
    {
        keepsShadowed = model.Revision == 0;
        AssignTree(model.Main);
        foreach (var function in model.Functions) AssignTree(function.Body);
    }

    /// <summary>Names for <paramref name="root"/> and the bodies nested in it, none of them twice in one graph.</summary>
    public NameAssignment(Graph root) => AssignTree(root);

    /// <summary>Name of a value; empty for an optional output left out.</summary>
    public string NameOf(Value value) => changed.GetValueOrDefault(value) ?? value.Name;

    /// <summary>Name under which output <paramref name="slot"/> appears: the slot's own, except in a body where that means something else.</summary>
    public string SlotName(Graph graph, int slot) => slots[graph][slot];

    /// <summary>Output names of <paramref name="graph"/> that an <c>Identity</c> of a value has to make, in slot order.</summary>
    public IReadOnlyList<(string Slot, Value Source)> Identities(Graph graph) => identities.GetValueOrDefault(graph) ?? [];

    void AssignTree(Graph root)
    {
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
        foreach (var graph in graphs) Assign(graph, captures[graph]);
    }

    static void Capture(Dictionary<Graph, HashSet<Value>> captures, Graph user, Value? value)
    {
        if (value is null) return;
        for (var g = user; g is not null && !ReferenceEquals(g, value.Graph); g = g.EnclosingGraph)
            if (!captures.TryGetValue(g, out var set) || !set.Add(value)) return;
    }

    void Assign(Graph graph, HashSet<Value> captures)
    {
        // An inner name may hide an outer one, as long as nothing in here means the outer one.
        var taken = new HashSet<string>(captures.Select(NameOf), StringComparer.Ordinal);
        var named = new HashSet<Value>();
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        HashSet<string>? wanted = null;

        void Keep(Value value)
        {
            if (!named.Add(value) || KeepsNameAnyhow(value)) return;
            if (value.Name.Length > 0 && taken.Add(value.Name)) return;
            // A name made up here must not be one that a value further down has already.
            wanted ??= new(Defined(graph).Select(v => v.Name).Concat(graph.OutputNames), StringComparer.Ordinal);
            var stem = value.Name.Length > 0 ? value.Name : "v";
            var number = numbers.GetValueOrDefault(stem);
            string name;
            do name = string.Create(CultureInfo.InvariantCulture, $"{stem}_{++number}");
            while (wanted.Contains(name) || !taken.Add(name));
            numbers[stem] = number;
            changed[value] = name;
        }

        foreach (var input in graph.Inputs) Keep(input);
        var outputs = graph.Outputs;
        // Values that have their slot's name already come first, so that no other slot takes them.
        for (var i = 0; i < outputs.Count; i++)
            if (ReferenceEquals(outputs[i].Graph, graph) && outputs[i].Name == graph.OutputNames[i]) Keep(outputs[i]);

        var copies = new List<(string Slot, Value Source)>();
        var names = new string?[outputs.Count];
        for (var i = 0; i < outputs.Count; i++)
        {
            var (slot, value) = (graph.OutputNames[i], outputs[i]);
            var isNamed = named.Contains(value) || captures.Contains(value);
            if (slot.Length == 0 || (isNamed && NameOf(value) == slot)) continue;
            if (copies.Contains((slot, value))) names[i] = slot;
            else if (taken.Add(slot))
            {
                names[i] = slot;
                // An initializer or input keeps its own name: callers override and look up by it.
                if (!isNamed && ReferenceEquals(value.Graph, graph) && value.Producer is not null && named.Add(value)) changed[value] = slot;
                else copies.Add((slot, value));
            }
        }
        // What nothing can refer to by its name leaves it to the value that has it.
        foreach (var value in Defined(graph).Where(v => !v.IsShadowed)) Keep(value);
        foreach (var value in Defined(graph).Where(v => v.IsShadowed)) Keep(value);
        slots[graph] = [.. names.Select((n, i) => n ?? NameOf(outputs[i]))];
        if (copies.Count > 0) identities[graph] = copies;
    }

    // An output left out has no name to defend; of constants with one name an untouched model keeps all, and the last one wins.
    bool KeepsNameAnyhow(Value value) =>
        !value.HasUses && ((value.Name.Length == 0 && value.Producer is not null) || (value.IsShadowed && keepsShadowed));

    static IEnumerable<Value> Defined(Graph graph) =>
        graph.Inputs.Concat(graph.Initializers).Concat(graph.Nodes.SelectMany(n => n.Outputs));
}
