using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>
/// A graph: the main one, a subgraph (<see cref="Owner"/> is set) or a function's body (<see cref="Function"/> is set). The only mutator
/// of its nodes and values; every change counts in <see cref="Revision"/>. Outputs are uses, so a public value is never "unused".
/// </summary>
public sealed class Graph : IUser
{
    readonly List<Value> inputs = [];
    readonly LinkedList<Value> initializers = new();
    readonly List<Operand> outputs = [];
    readonly List<string> outputNames = [];

    // Made when asked for, and again after a change: a caller keeps what it got, and an index into it costs nothing.
    Value[]? outputValues;
    readonly List<QuantizationAnnotation> annotations = [];

    internal Graph(Model model, Node? owner, Function? function) => (Model, Owner, Function) = (model, owner, function);

    /// <summary>A subgraph that becomes the attribute of a node to be made: inner values may use values of <paramref name="parent"/>.</summary>
    public static Graph NewBody(Graph parent) => new(parent.Model, null, parent.Function) { EnclosingGraph = parent };

    public Model Model { get; }

    /// <summary>The node whose attribute holds this subgraph; null for main graphs and function bodies.</summary>
    public Node? Owner
    {
        get;
        internal set
        {
            field = value;
            EnclosingGraph = value?.Graph;
        }
    }

    /// <summary>The function whose body this is or is nested in; null below the main graph.</summary>
    public Function? Function { get; }

    /// <summary>The graph whose values this one may use as well.</summary>
    public Graph? EnclosingGraph { get; private set; }

    public bool IsFunctionBody => Function is not null && EnclosingGraph is null;

    /// <summary>Nesting depth: 0 for main graphs and function bodies.</summary>
    public int Depth
    {
        get
        {
            var depth = 0;
            for (var g = EnclosingGraph; g is not null; g = g.EnclosingGraph) depth++;
            return depth;
        }
    }

    public OpsetImports Opsets => Function?.Opsets ?? Model.Opsets;
    public string? Name { get; internal set; }
    public long Revision { get; private set; }
    public NodeList Nodes { get; } = new();
    public IReadOnlyList<Value> Inputs => inputs;
    public IReadOnlyCollection<Value> Initializers => initializers;

    /// <summary>Values of the output slots. One value may stand in several.</summary>
    public IReadOnlyList<Value> Outputs => outputValues ??= [.. outputs.Select(o => o.Value!)];

    /// <summary>Public names of the output slots: they belong to the slots and survive whatever value comes to stand there.</summary>
    public IReadOnlyList<string> OutputNames => outputNames;

    public IReadOnlyList<QuantizationAnnotation> Annotations => annotations;

    Graph IUser.Graph => this;

    internal object? Origin { get; set; }

    internal void Touch()
    {
        Revision++;
        Model.Revision++;
    }

    /// <summary>Makes sure that operators of <paramref name="domain"/> may stand here: imports it for the function or model that this belongs to.</summary>
    public void Import(string domain, long version)
    {
        if (Opsets.Has(domain)) return;
        if (Function is not null) Function.Opsets = Function.Opsets.With(domain, version);
        // A model names the domains of its functions as well: ONNX Runtime puts their bodies in the place of calls.
        if (!Model.Opsets.Has(domain)) Model.Opsets = Model.Opsets.With(domain, version);
        Touch();
    }

    public Value AddInput(string name, ValueType? type = null)
    {
        var value = new Value(this, name) { IsGraphInput = true };
        value.SetType(type);
        inputs.Add(value);
        Touch();
        return value;
    }

    /// <summary>Takes an unused input away: a change of interface, so only for passes whose purpose that is.</summary>
    public void RemoveInput(Value value)
    {
        if (value.HasUses) throw new InvalidOperationException($"`{value.Name}` is in use");
        value.IsGraphInput = false;
        inputs.Remove(value);
        Touch();
    }

    /// <summary>Takes an initializer off the inputs, so that no caller can override it: a change of interface.</summary>
    public void Freeze(Value initializer)
    {
        if (!initializer.IsInitializer) throw new InvalidOperationException($"`{initializer.Name}` is no initializer");
        initializer.IsGraphInput = false;
        inputs.Remove(initializer);
        Touch();
    }

    /// <summary>Adds an initializer; in a function, which has none, a <c>Constant</c> node at the front.</summary>
    public Value AddInitializer(string name, TensorData data)
    {
        if (Function is not null) return AddNode(new OpId("", "Constant"), [], [name], [new("value", data)], before: Nodes.First).Output;
        var value = new Value(this, name);
        SetInitializer(value, data);
        return value;
    }

    /// <summary>Gives <paramref name="value"/>, an input or initializer of this graph, data.</summary>
    internal void SetInitializer(Value value, TensorData data)
    {
        if (value.Initializer is null) value.InitializerLink = initializers.AddLast(value);
        value.Initializer = data;
        Touch();
    }

    public void RemoveInitializer(Value value)
    {
        if (value.HasUses) throw new InvalidOperationException($"`{value.Name}` is in use");
        if (value.InitializerLink is { } link) initializers.Remove(link);
        value.Initializer = null;
        value.InitializerLink = null;
        // Before IR version 4 the entry among the inputs is only there because the format asked for it.
        if (value.IsGraphInput && Model.IrVersion < 4)
        {
            inputs.Remove(value);
            value.IsGraphInput = false;
        }
        Touch();
    }

    public void AddOutput(Value value, string? name = null)
    {
        var operand = new Operand(this, outputs.Count);
        outputs.Add(operand);
        outputNames.Add(name ?? value.Name);
        operand.Set(value);
        outputValues = null;
        Touch();
    }

    /// <summary>Takes an output slot away: a change of interface, so only for passes whose purpose that is.</summary>
    public void RemoveOutput(int slot)
    {
        outputs[slot].Set(null);
        outputs.RemoveAt(slot);
        outputNames.RemoveAt(slot);
        for (var i = slot; i < outputs.Count; i++) outputs[i].Slot = i;
        outputValues = null;
        Touch();
    }

    public void SetOutput(int slot, Value value)
    {
        if (ReferenceEquals(outputs[slot].Value, value)) return;
        outputs[slot].Set(value);
        outputValues = null;
        Touch();
    }

    void IUser.SetOperand(int slot, Value? value) => SetOutput(slot, value ?? throw new ArgumentNullException(nameof(value)));

    /// <summary>
    /// Adds a node before <paramref name="before"/>, at the end when that is null. An empty name among <paramref name="outputs"/> is an
    /// optional output left out.
    /// </summary>
    public Node AddNode(OpId op, ReadOnlySpan<Value?> inputs, IEnumerable<string> outputs,
        IEnumerable<KeyValuePair<string, AttributeValue>>? attributes = null, string? name = null, Node? before = null)
    {
        var node = new Node(this, op, name, inputs);
        node.Outputs = [.. outputs.Select((o, i) => new Value(this, o) { Producer = node, OutputIndex = i })];
        foreach (var (key, value) in attributes ?? [])
        {
            node.Attributes.Append(key, value);
            foreach (var body in value.Graphs) body.Owner = node;
        }
        Nodes.Insert(node, before);
        Touch();
        return node;
    }

    /// <summary>
    /// Makes every use of <paramref name="old"/>, which a node of this graph makes, use <paramref name="value"/>. An output of the graph has
    /// to be made by a node of its own: where <paramref name="value"/> is none, the slot gets an <c>Identity</c>.
    /// </summary>
    public void Substitute(Value old, Value value)
    {
        if (ReferenceEquals(old, value)) return;
        if (old.IsGraphOutput && (!ReferenceEquals(value.Producer?.Graph, this) || value.IsGraphOutput))
        {
            var copy = AddNode(new OpId("", "Identity"), [value], [old.Name], before: old.Producer).Output;
            copy.SetType(old.Type ?? value.Type, old.Type is null ? value.TypeIsInferred : old.TypeIsInferred);
            foreach (var use in old.Uses)
                if (use.IsGraphOutput) use.User.SetOperand(use.Slot, copy);
        }
        else if (old.Type is { } type && (value.Type is null || (old.IsGraphOutput && !old.TypeIsInferred)))
            value.SetType(type, old.TypeIsInferred);
        old.ReplaceAllUsesWith(value);
    }

    /// <summary>Takes out a node whose outputs nobody uses, with the subgraphs it holds.</summary>
    public void RemoveNode(Node node)
    {
        if (node.Outputs.FirstOrDefault(o => o.HasUses) is { } used) throw new InvalidOperationException($"`{used.Name}` is in use");
        foreach (var body in node.Subgraphs) body.DropAll();
        node.DropOperands();
        annotations.RemoveAll(a =>
        {
            if (!node.Outputs.Contains(a.Target)) return false;
            a.DropOperands();
            return true;
        });
        Nodes.Remove(node);
        Touch();
    }

    void DropAll()
    {
        foreach (var node in Nodes)
        {
            foreach (var body in node.Subgraphs) body.DropAll();
            node.DropOperands();
            node.IsRemoved = true;
        }
        foreach (var output in outputs) output.Set(null);
        outputValues = null;
    }

    internal void AddAnnotation(QuantizationAnnotation annotation) => annotations.Add(annotation);

    /// <summary>True when <paramref name="other"/> is this graph or encloses it, so that its values can be used here.</summary>
    public bool CanSee(Graph other)
    {
        for (var g = this; g is not null; g = g.EnclosingGraph)
            if (ReferenceEquals(g, other)) return true;
        return false;
    }

    /// <summary>Inputs a caller has to feed: those without an initializer.</summary>
    public ImmutableArray<Value> RequiredInputs => [.. inputs.Where(i => !i.IsInitializer)];

    public override string ToString() => Name ?? "graph";
}
