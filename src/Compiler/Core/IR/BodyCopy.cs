using System.Globalization;

namespace Onnxc.IR;

/// <summary>
/// Copies the nodes of a body (a branch, the body of a loop or of a function) into another graph, in front of <paramref name="before"/>,
/// nested bodies and initializers included. Tensors are shared. What the body captures stays captured. Copied values get new names: in the
/// target theirs would be visible to other bodies, which may use the same ones, and ONNX Runtime refuses names that hide others.
/// </summary>
public sealed class BodyCopy(Graph target, Node? before)
{
    readonly Dictionary<Value, Value?> values = [];
    readonly HashSet<Value> made = [];

    /// <summary>Values of the attribute parameters of a function's body; null where the body is no function's.</summary>
    public Func<string, AttributeValue?>? Parameters { get; init; }

    /// <summary>
    /// What the names of copied nodes begin with; null where they stay as they are. ONNX Runtime refuses a graph in which two nodes have the
    /// same name, so a body that may be copied twice needs one.
    /// </summary>
    public string? Scope { get; init; }

    /// <summary>Value that stands for <paramref name="value"/> in the copy: itself when it comes from outside the body.</summary>
    public Value? this[Value value] => values.TryGetValue(value, out var copy) ? copy : value;

    /// <summary>Makes the copy use <paramref name="to"/> where the body uses <paramref name="from"/>; null leaves an input out.</summary>
    public void Bind(Value from, Value? to) => values[from] = to;

    public void Add(Graph body) => Copy(body, target, before);

    /// <summary>Puts <paramref name="results"/>, one for each output, in the place of <paramref name="node"/>, and removes that.</summary>
    public void Replace(Node node, IReadOnlyList<Value?> results)
    {
        for (var i = 0; i < node.Outputs.Length; i++)
        {
            var old = node.Outputs[i];
            if (!old.HasUses) continue;
            node.Graph.Substitute(old, results[i]!);
            // The copied value is the old one to whoever looks it up by name.
            if (made.Remove(results[i]!)) results[i]!.Name = old.Name;
        }
        node.Graph.RemoveNode(node);
    }

    void Copy(Graph from, Graph to, Node? place)
    {
        foreach (var initializer in from.Initializers)
        {
            if (values.ContainsKey(initializer)) continue;
            var copy = to.AddInitializer(Fresh(initializer.Name, to), initializer.Initializer!);
            copy.SetType(initializer.Type, initializer.TypeIsInferred);
            values[initializer] = copy;
        }
        foreach (var node in from.Nodes) Copy(node, to, place);
    }

    void Copy(Node node, Graph to, Node? place)
    {
        var attributes = new List<KeyValuePair<string, AttributeValue>>();
        foreach (var (name, value) in node.Attributes)
            if (Copy(value, to) is { } copy) attributes.Add(new(name, copy));
        Value?[] inputs = [.. node.Inputs.Select(i => i is null ? null : this[i])];
        var copied = to.AddNode(node.Op, inputs, node.Outputs.Select(o => Fresh(o.Name, to)), attributes, NameOf(node), place);
        copied.Metadata = node.Metadata;
        foreach (var (old, copy) in node.Outputs.Zip(copied.Outputs))
        {
            copy.SetType(old.Type, old.TypeIsInferred);
            values[old] = copy;
            made.Add(copy);
        }
    }

    string? NameOf(Node node) => Scope is null || string.IsNullOrEmpty(node.Name) ? node.Name : $"{Scope}/{node.Name.TrimStart('/')}";

    // A parameter that neither call nor function gives a value is an attribute left out.
    AttributeValue? Copy(AttributeValue value, Graph to) => value switch
    {
        GraphAttribute graph => new GraphAttribute(Body(graph.Value, to)),
        GraphsAttribute graphs => new GraphsAttribute([.. graphs.Graphs.Select(g => Body(g, to))]),
        ReferenceAttribute reference when Parameters is not null => Parameters(reference.Parameter),
        _ => value,
    };

    Graph Body(Graph body, Graph parent)
    {
        var copy = Graph.NewBody(parent);
        copy.Name = body.Name;
        foreach (var input in body.Inputs)
        {
            var parameter = copy.AddInput(Fresh(input.Name, copy));
            parameter.SetType(input.Type, input.TypeIsInferred);
            if (input.Initializer is { } data) copy.SetInitializer(parameter, data);
            values[input] = parameter;
        }
        Copy(body, copy, null);
        for (var i = 0; i < body.Outputs.Count; i++) copy.AddOutput(this[body.Outputs[i]]!, Fresh(body.OutputNames[i], copy));
        return copy;
    }

    // Bodies nested in a branch or loop were visible to the same values before; those of a function meet new ones.
    string Fresh(string name, Graph to) => name.Length == 0 || (!ReferenceEquals(to, target) && Parameters is null)
        ? name
        : string.Create(CultureInfo.InvariantCulture, $"{name}_{to.Model.NextId()}");
}
