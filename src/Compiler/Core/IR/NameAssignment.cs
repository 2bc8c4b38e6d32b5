using System.Globalization;

namespace Onnxc.IR;

/// <summary>
/// Final names of all values of a model, for whoever writes it out. Public names belong to slots: an input keeps its name, and the value
/// in an output slot takes the slot's. Where one value cannot have the name (it is an input, stands in two slots, or belongs to an outer
/// graph), the slot gets an <c>Identity</c>. Every other value keeps its name unless that would clash.
/// </summary>
public sealed class NameAssignment
{
    readonly Dictionary<Value, string> names = [];
    readonly Dictionary<Graph, List<(string Slot, Value Source)>> identities = [];

    public NameAssignment(Model model)
    {
        Assign(model.Main);
        foreach (var function in model.Functions) Assign(function.Body);
    }

    /// <summary>Name of a value; empty for an optional output left out.</summary>
    public string NameOf(Value value) => names[value];

    /// <summary>Slots of <paramref name="graph"/> that need an <c>Identity</c> from a value, in slot order.</summary>
    public IReadOnlyList<(string Slot, Value Source)> Identities(Graph graph) => identities.TryGetValue(graph, out var list) ? list : [];

    void Assign(Graph root)
    {
        var pending = new Stack<Graph>([root]);
        while (pending.TryPop(out var graph))
        {
            AssignOwn(graph);
            foreach (var body in graph.Nodes.SelectMany(n => n.Subgraphs)) pending.Push(body);
        }
    }

    void AssignOwn(Graph graph)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        // An inner name may hide an outer one, as long as nothing in here means the outer one.
        if (graph.EnclosingGraph is not null)
            foreach (var captured in GraphOrder.Captures(graph)) taken.Add(names[captured]);
        foreach (var input in graph.Inputs) names[input] = Claim(input.Name, taken);

        var slots = graph.Outputs;
        // Slots whose value has their name already come first, so that no other slot takes that value away.
        foreach (var exact in new[] { true, false })
            for (var i = 0; i < slots.Count; i++)
            {
                var (value, slot) = (slots[i], graph.OutputNames[i]);
                if (exact != (value.Name == slot)) continue;
                if (names.TryGetValue(value, out var name) && name == slot) continue;
                if (ReferenceEquals(value.Graph, graph) && name is null && (exact || value.Producer is not null) && taken.Add(slot))
                {
                    names[value] = slot;
                    continue;
                }
                taken.Add(slot);
                if (!identities.TryGetValue(graph, out var list)) identities[graph] = list = [];
                list.Add((slot, value));
            }

        foreach (var initializer in graph.Initializers)
            if (!names.ContainsKey(initializer)) names[initializer] = KeepsName(initializer) ? initializer.Name : Claim(initializer.Name, taken);
        foreach (var node in graph.Nodes)
            foreach (var output in node.Outputs)
                if (!names.ContainsKey(output)) names[output] = KeepsName(output) ? output.Name : Claim(output.Name, taken);
    }

    // Left-out outputs have no name to defend; of two constants with one name an untouched model keeps both, last one wins.
    static bool KeepsName(Value output) =>
        !output.HasUses && (output.Name.Length == 0 || (output.IsShadowed && output.Graph.Model.Revision == 0));

    static string Claim(string name, HashSet<string> taken)
    {
        var stem = name.Length == 0 ? "v" : name;
        if (name.Length > 0 && taken.Add(name)) return name;
        for (var i = 1; ; i++)
        {
            var candidate = string.Create(CultureInfo.InvariantCulture, $"{stem}_{i}");
            if (taken.Add(candidate)) return candidate;
        }
    }
}
