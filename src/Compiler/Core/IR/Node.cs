using System.Collections.Immutable;
using System.Diagnostics;

namespace Onnxc.IR;

/// <summary>An operation: an operator or a call of a function. Outputs are made with the node; inputs change only through it.</summary>
[DebuggerDisplay("{Op} {Name}")]
public sealed class Node : IUser
{
    Operand[] operands;

    internal Node(Graph graph, OpId op, string? name, ReadOnlySpan<Value?> inputs)
    {
        (Graph, Op, Name, Id) = (graph, op, name, graph.Model.NextId());
        operands = new Operand[inputs.Length];
        for (var i = 0; i < inputs.Length; i++) (operands[i] = new Operand(this, i)).Set(inputs[i]);
    }

    public Graph Graph { get; }
    public OpId Op { get; }

    /// <summary>Never reused within a model, and growing.</summary>
    public int Id { get; }

    /// <summary>Name in the file; many exporters leave it out.</summary>
    public string? Name { get; internal set; }

    /// <summary>What messages call the node: its name, or operator and first output.</summary>
    public string DisplayName => !string.IsNullOrEmpty(Name) ? Name
        : Outputs.FirstOrDefault(o => o.Name.Length > 0) is { } output ? $"{Op.Name}({output.Name})" : Op.Name;

    public int InputCount => operands.Length;

    /// <summary>Inputs; null stands for an optional input left out.</summary>
    public IReadOnlyList<Value?> Inputs => operands.Length == 0 ? [] : Array.ConvertAll(operands, o => o.Value);

    /// <summary>Input <paramref name="slot"/>; null when it is left out or beyond the last.</summary>
    public Value? Input(int slot) => slot < operands.Length ? operands[slot].Value : null;

    /// <summary>Outputs. One that the file leaves out has an empty name and no uses.</summary>
    public ImmutableArray<Value> Outputs { get; internal set; } = [];

    public Value Output => Outputs[0];

    public AttributeMap Attributes { get; } = new();

    /// <summary>Key-value notes that travel with the node.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; internal set; } = [];

    public IEnumerable<Graph> Subgraphs => Attributes.Count == 0 ? [] : Attributes.SelectMany(a => a.Value.Graphs);

    /// <summary>True once the node has been taken out of its graph.</summary>
    public bool IsRemoved { get; internal set; }

    internal Node? PreviousNode { get; set; }
    /// <summary>The node behind it in its graph; null for the last one.</summary>
    public Node? NextNode { get; internal set; }

    /// <summary>What the reader saw of this node; only serialization looks inside.</summary>
    internal object? Origin { get; set; }

    public void SetInput(int slot, Value? value)
    {
        if (ReferenceEquals(operands[slot].Value, value)) return;
        operands[slot].Set(value);
        Graph.Touch();
    }

    /// <summary>Adds an input behind the last one.</summary>
    public void AddInput(Value? value)
    {
        var operand = new Operand(this, operands.Length);
        operand.Set(value);
        operands = [.. operands, operand];
        Graph.Touch();
    }

    void IUser.SetOperand(int slot, Value? value) => SetInput(slot, value);

    /// <summary>Takes an input away, so that later ones move up: for variadic inputs such as the state of a <c>Loop</c>.</summary>
    public void RemoveInput(int slot)
    {
        operands[slot].Set(null);
        operands = [.. operands.Where(o => o.Slot != slot)];
        for (var i = slot; i < operands.Length; i++) operands[i].Slot = i;
        Graph.Touch();
    }

    /// <summary>Takes an unused output away, so that later ones move up: for variadic outputs, and for the last one.</summary>
    public void RemoveOutput(int index)
    {
        if (Outputs[index].HasUses) throw new InvalidOperationException($"`{Outputs[index].Name}` is in use");
        Outputs = Outputs.RemoveAt(index);
        for (var i = index; i < Outputs.Length; i++) Outputs[i].OutputIndex = i;
        Graph.Touch();
    }

    /// <summary>Leaves out an unused optional output: the last ones go, one before others keeps its place without a name.</summary>
    public void OmitOutput(int index)
    {
        if (Outputs[index].HasUses) throw new InvalidOperationException($"`{Outputs[index].Name}` is in use");
        Outputs[index].Name = "";
        while (Outputs.Length > 1 && Outputs[^1].Name.Length == 0) Outputs = Outputs.RemoveAt(Outputs.Length - 1);
        Graph.Touch();
    }

    public void SetAttribute(string name, AttributeValue value)
    {
        if (value.Equals(Attributes[name])) return;
        foreach (var body in value.Graphs) body.Owner = this;
        Attributes.Set(name, value);
        Graph.Touch();
    }

    public void RemoveAttribute(string name)
    {
        if (Attributes.Remove(name)) Graph.Touch();
    }

    public void AddMetadata(string key, string value) => Metadata = [.. Metadata.Where(m => m.Key != key), new(key, value)];

    /// <summary>Takes over the notes of the node that this one replaces.</summary>
    public void CopyMetadata(Node replaced) => Metadata = replaced.Metadata;

    internal void DropOperands()
    {
        foreach (var operand in operands) operand.Set(null);
    }

    public override string ToString() => $"{Op} {DisplayName}";
}
