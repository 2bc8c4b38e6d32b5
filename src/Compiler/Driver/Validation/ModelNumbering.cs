using Onnxc.IR;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Numbers all values of a model. Values of a result are numbered beside an <paramref name="original"/>: where one has a new number, but the
/// name of an original value, it takes that one's number and an <see cref="Obligation"/> to show that it may. What cannot be matched
/// by name keeps its number, so that names only ever save work: soundness rests on numbers and obligations.
/// </summary>
/// <param name="released">Names that are no reason to expect equality.</param>
/// <param name="constants">Values of what depends on constants alone.</param>
sealed class ModelNumbering(Model model, NumberTable table, ModelNumbering? original = null, IReadOnlySet<string>? released = null,
    IReadOnlyDictionary<Value, TensorData>? constants = null)
{
    readonly Dictionary<Value, int> numbers = [];
    readonly Dictionary<int, Value> representatives = [];
    readonly Dictionary<Graph, Dictionary<string, Value>> names = [];
    readonly Dictionary<Function, int> functions = [];
    readonly List<Obligation> obligations = [];
    readonly NodeIdentity identity = new(model);

    public Model Model => model;

    /// <summary>What has to be shown, in topological order.</summary>
    public IReadOnlyList<Obligation> Obligations => obligations;

    /// <summary>How many values were numbered.</summary>
    public int Count => numbers.Count;

    /// <summary>Numbers the model; false when its interface is not that of the original.</summary>
    public bool Run()
    {
        foreach (var input in model.Main.Inputs)
            if (input.Constant is null)
                Set(input, table.Of(NodeKey.Tagged($"input\0{input.Name}", input.Initializer is { } preset ? table.Of(preset) : 0)));
        var partner = original?.Model.Main;
        NumberNodes(model.Main, partner, record: true);
        if (partner is null) return true;
        foreach (var input in model.Main.Inputs)
            if (partner.Inputs.FirstOrDefault(i => i.Name == input.Name) is not { } same || (!input.TypeIsInferred && !Equals(same.Type, input.Type))) return false;
        for (var slot = 0; slot < partner.Outputs.Count; slot++)
        {
            var index = model.Main.OutputNames.ToList().IndexOf(partner.OutputNames[slot]);
            if (index < 0) return false;
            Demand(partner.OutputNames[slot], partner.Outputs[slot], model.Main.Outputs[index]);
        }
        return true;
    }

    public int NumberOf(Value value)
    {
        if (numbers.TryGetValue(value, out var number)) return number;
        // Initializers of any graph, and values that nothing defines, which equal nothing.
        return Set(value, value.Constant is { } data ? table.Of(data) : table.Fresh());
    }

    /// <summary>The first value with that number; null when there is none.</summary>
    public Value? Representative(int number) => representatives.GetValueOrDefault(number);

    public bool IsPure(Node node) => identity.IsPure(node);

    int Set(Value value, int number)
    {
        numbers[value] = number;
        representatives.TryAdd(number, value);
        return number;
    }

    void NumberNodes(Graph graph, Graph? partner, bool record)
    {
        foreach (var initializer in graph.Initializers)
            if (initializer.Constant is not null) Settle(initializer, NumberOf(initializer), partner, record);
        foreach (var node in graph.Nodes)
        {
            if (node.Outputs is [var constant] && constant.Constant is not null) Settle(constant, NumberOf(constant), partner, record);
            else if (node.Op.Is("Identity") && node.Input(0) is { } input && node.Outputs.Length == 1) Set(node.Output, NumberOf(input));
            else NumberNode(node, partner, record);
        }
    }

    void NumberNode(Node node, Graph? partner, bool record)
    {
        var before = obligations.Count;
        var twin = Twin(node, partner);
        var number = table.Of(KeyOf(node, twin, record));
        var isNew = original is not null && node.Outputs.All(o => original.Representative(table.Output(number, o.OutputIndex)) is null);
        if (isNew && obligations.Count > before)
        {
            // Taken as a whole, the node owes nothing for its bodies; and what was assumed about them must not make it equal to another one.
            obligations.RemoveRange(before, obligations.Count - before);
            number = table.Fresh();
        }
        foreach (var output in node.Outputs) Settle(output, table.Output(number, output.OutputIndex), partner, record);
    }

    void Settle(Value value, int number, Graph? partner, bool record)
    {
        if (constants is not null && constants.TryGetValue(value, out var data)) number = table.Of(data);
        if (record && original is not null && partner is not null && original.Representative(number) is null
            && original.Named(partner, value.Name) is { } same && released?.Contains(value.Name) != true)
        {
            obligations.Add(new Obligation(value.Name, same, value, IsSlot: false));
            number = original.NumberOf(same);
        }
        Set(value, number);
    }

    int Demand(string name, Value expected, Value actual)
    {
        var number = original!.NumberOf(expected);
        if (NumberOf(actual) != number) obligations.Add(new Obligation(name, expected, actual, IsSlot: true));
        return number;
    }

    NodeKey KeyOf(Node node, Node? twin, bool record)
    {
        var parts = new List<int>();
        for (var i = 0; i < node.InputCount; i++) parts.Add(node.Input(i) is { } value ? NumberOf(value) : 0);
        // Trailing inputs that are left out are the same as none.
        while (parts is [.., 0]) parts.RemoveAt(parts.Count - 1);
        // Which optional outputs are asked for can change what a node computes: BatchNormalization below version 14 trains for more than one.
        parts.Add(-1);
        foreach (var output in node.Outputs) parts.Add(output.Name.Length == 0 ? 0 : 1);
        parts.Add(-1);
        var others = twin?.Subgraphs.ToList();
        var index = 0;
        foreach (var body in node.Subgraphs) parts.Add(NumberBody(body, others?[index++], record));
        parts.Add(model.Functions[node.Op] is { } function ? NumberFunction(function) : 0);
        var attributes = node.Attributes.Where(a => a.Value.Graphs.IsEmpty).OrderBy(a => a.Key, StringComparer.Ordinal).ToArray();
        var graphs = string.Join('\0', node.Attributes.Where(a => !a.Value.Graphs.IsEmpty).Select(a => a.Key));
        return new NodeKey(node.Op, node.Graph.Opsets[node.Op.Domain], $"{identity.TagOf(node)}\0{graphs}", attributes, [.. parts]);
    }

    // Formal inputs of a body have the numbers of its counterpart's, so that both are functions of the same unknowns.
    int NumberBody(Graph body, Graph? partner, bool record)
    {
        if (partner is not null && (partner.Inputs.Count != body.Inputs.Count || partner.Outputs.Count != body.Outputs.Count)) partner = null;
        var parts = new List<int>();
        for (var i = 0; i < body.Inputs.Count; i++)
            parts.Add(Set(body.Inputs[i], partner is null ? table.Fresh() : original!.NumberOf(partner.Inputs[i])));
        NumberNodes(body, partner, record);
        parts.Add(-1);
        for (var i = 0; i < body.Outputs.Count; i++)
            parts.Add(record && partner is not null ? Demand(body.OutputNames[i], partner.Outputs[i], body.Outputs[i]) : NumberOf(body.Outputs[i]));
        // BeamSearch and its kin (com.microsoft) look at the names and types in the interface of their bodies.
        var tag = body.Owner!.Op.IsStandard ? "body"
            : $"body\0{string.Join('\0', body.Inputs.Select(i => $"{i.Name}: {(i.TypeIsInferred ? null : i.Type)}"))}\0{string.Join('\0', body.OutputNames)}";
        return table.Of(NodeKey.Tagged(tag, [.. parts]));
    }

    int NumberFunction(Function function)
    {
        if (functions.TryGetValue(function, out var number)) return number;
        functions[function] = table.Fresh();
        var body = function.Body;
        for (var i = 0; i < body.Inputs.Count; i++) Set(body.Inputs[i], table.Of(NodeKey.Tagged($"formal\0{function.Id}", i)));
        NumberNodes(body, original?.Model.Functions[function.Id]?.Body, record: false);
        int[] parts = [body.Inputs.Count, .. body.Outputs.Select(NumberOf)];
        var defaults = function.DefaultAttributes.OrderBy(a => a.Key, StringComparer.Ordinal).ToArray();
        return functions[function] = table.Of(new NodeKey(function.Id, 0, "function", defaults, parts));
    }

    Node? Twin(Node node, Graph? partner)
    {
        if (original is null || partner is null || !node.Subgraphs.Any()) return null;
        var twin = node.Outputs.Select(o => original.Named(partner, o.Name)?.Producer).FirstOrDefault(p => p is not null);
        return twin is not null && twin.Op == node.Op && twin.Subgraphs.Count() == node.Subgraphs.Count() ? twin : null;
    }

    // Constants are found by content alone.
    Value? Named(Graph graph, string name)
    {
        if (!names.TryGetValue(graph, out var table))
        {
            names[graph] = table = new(StringComparer.Ordinal);
            foreach (var output in graph.Nodes.SelectMany(n => n.Outputs))
                if (output.Name.Length > 0 && output.Constant is null) table.TryAdd(output.Name, output);
        }
        return table.GetValueOrDefault(name);
    }
}
