using System.Collections.Immutable;
using System.Diagnostics;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>
/// Makes a model of its syntax, in two phases: first every graph with all that it defines, then the uses, each by name from the innermost
/// graph outwards. So nodes may stand in any order and may use what an enclosing graph defines further down.
/// </summary>
sealed class Binder(TextSource source)
{
    readonly List<Diagnostic> warnings = [];

    public IReadOnlyList<Diagnostic> Warnings => warnings;

    public Model BindModel(ModelSyntax syntax)
    {
        if (Entry<object>(syntax.Header, "ir_version") is not long version)
            throw source.Error(Descriptors.TextNoVersion, Scanner.SkipSpace(source.Text, 0), 1);
        var model = new Model(version, Opsets(syntax.Header))
        {
            ProducerName = Entry<string>(syntax.Header, "producer_name"),
            ProducerVersion = Entry<string>(syntax.Header, "producer_version"),
            Domain = Entry<string>(syntax.Header, "domain"),
            ModelVersion = Entry<object>(syntax.Header, "model_version") as long?,
            DocString = Entry<string>(syntax.Header, "doc_string"),
            Metadata = Entry<IReadOnlyList<KeyValuePair<string, string>>>(syntax.Header, "metadata_props") ?? [],
        };
        model.Main.Name = NullIfEmpty(syntax.Graph.Name.Text);
        BindBody(syntax.Graph.Body, model.Main);
        foreach (var function in syntax.Functions) BindFunction(function, model);
        return model;
    }

    public Function BindFunction(FunctionSyntax syntax, Model into)
    {
        var id = new OpId(Entry<string>(syntax.Header, "domain") ?? "", syntax.Name.Text, Entry<string>(syntax.Header, "overload") ?? "");
        var function = new Function(into, id, Opsets(syntax.Header))
        {
            DocString = Entry<string>(syntax.Header, "doc_string"),
            RequiredAttributes = [.. syntax.Attributes.Where(a => a.Value is null).Select(a => a.Name.Text)],
        };
        var scope = new Scope(function.Body, null);
        foreach (var attribute in syntax.Attributes)
            if (attribute.Value is { } value) function.DefaultAttributes.Append(attribute.Name.Text, Attribute(value, scope));
        BindBody(syntax.Body, function.Body, scope);
        // Last, so that a failure leaves the model as it was.
        if (!into.Functions.TryAdd(function))
            throw source.Error(Descriptors.TextDuplicateFunction, syntax.Name.Position, Length(syntax.Name), id);
        return function;
    }

    void BindBody(BodySyntax syntax, Graph graph, Scope? scope = null)
    {
        scope ??= new Scope(graph, null);
        Declare(syntax, scope);
        Resolve(scope);
    }

    void Declare(BodySyntax syntax, Scope scope)
    {
        var graph = scope.Graph;
        scope.Syntax = syntax;
        foreach (var input in syntax.Inputs)
        {
            var value = graph.AddInput(input.Name.Text, input.Type);
            Define(scope, input.Name, value);
            if (input.Data is { } data) graph.SetInitializer(value, data);
        }
        foreach (var entry in syntax.Values.Where(v => v.Data is not null))
        {
            if (scope.Values.TryGetValue(entry.Name.Text, out var value) && value is { IsGraphInput: true, IsInitializer: false })
                graph.SetInitializer(value, entry.Data!);
            else if (graph.IsFunctionBody) Define(scope, entry.Name, graph.AddInitializer(entry.Name.Text, entry.Data!));
            else
            {
                value = new Value(graph, entry.Name.Text);
                graph.SetInitializer(value, entry.Data!);
                Define(scope, entry.Name, value);
            }
        }
        foreach (var node in syntax.Nodes)
        {
            var attributes = new List<KeyValuePair<string, AttributeValue>>(node.Attributes.Count);
            foreach (var a in node.Attributes) attributes.Add(new(a.Name.Text, Attribute(a.Value!, scope)));
            var outputs = node.Outputs.Select(o => o.Text);
            var made = graph.AddNode(node.Op, new Value?[node.Inputs.Count], outputs, attributes, NullIfEmpty(node.Label));
            scope.Nodes.Add(made);
            for (var i = 0; i < node.Outputs.Count; i++) Define(scope, node.Outputs[i], made.Outputs[i]);
        }
    }

    void Resolve(Scope scope)
    {
        var (graph, syntax) = (scope.Graph, scope.Syntax!);
        for (var n = 0; n < syntax.Nodes.Count; n++)
        {
            var inputs = syntax.Nodes[n].Inputs;
            for (var i = 0; i < inputs.Count; i++)
                if (inputs[i].Text.Length > 0) scope.Nodes[n].SetInput(i, Find(scope, inputs[i]));
        }
        foreach (var inner in scope.Inner) Resolve(inner);
        foreach (var output in syntax.Outputs)
        {
            var value = Find(scope, output.Name);
            graph.AddOutput(value, output.Name.Text);
            // A captured value has its type where it is defined.
            if (output.Type is not null && value.Type is null && ReferenceEquals(value.Graph, graph)) value.SetType(output.Type);
        }
        foreach (var entry in syntax.Values.Where(v => v.Data is null))
        {
            if (!scope.Values.TryGetValue(entry.Name.Text, out var value))
                warnings.Add(source.Diagnose(Descriptors.TextStrayType, entry.Name.Position, Length(entry.Name), entry.Name.Text));
            else if (value.Type is null) value.SetType(entry.Type);
        }
    }

    AttributeValue Attribute(AttributeValueSyntax syntax, Scope scope)
    {
        if (syntax.IsReference) return new ReferenceAttribute((string)syntax.Value!, syntax.Kind);
        return syntax.Kind switch
        {
            AttributeKind.Float => new FloatAttribute((float)syntax.Value!),
            AttributeKind.Int => new IntAttribute((long)syntax.Value!),
            AttributeKind.String => new StringAttribute([.. (byte[])syntax.Value!]),
            AttributeKind.Tensor or AttributeKind.SparseTensor => new TensorAttribute((TensorData)syntax.Value!),
            AttributeKind.Graph => new GraphAttribute(Body((GraphSyntax)syntax.Value!, scope)),
            AttributeKind.Type => new TypeAttribute((IR.ValueType?)syntax.Value),
            AttributeKind.Floats => new FloatsAttribute([.. (float[])syntax.Value!]),
            AttributeKind.Ints => new IntsAttribute([.. (long[])syntax.Value!]),
            AttributeKind.Strings => new StringsAttribute([.. ((ImmutableArray<byte[]>)syntax.Value!).Select(v => ImmutableArray.Create(v))]),
            AttributeKind.Tensors => new TensorsAttribute(Items<TensorData>(syntax)),
            AttributeKind.SparseTensors => new TensorsAttribute(Items<TensorData>(syntax), sparse: true),
            AttributeKind.Graphs => new GraphsAttribute([.. Items<GraphSyntax>(syntax).Select(g => Body(g, scope))]),
            AttributeKind.Types => new TypesAttribute(Items<IR.ValueType?>(syntax)),
            AttributeKind.Undefined => new EmptyAttribute(),
            _ => throw new UnreachableException(),
        };
    }

    static ImmutableArray<T> Items<T>(AttributeValueSyntax syntax) => [.. ((ImmutableArray<object?>)syntax.Value!).Select(v => (T)v!)];

    Graph Body(GraphSyntax syntax, Scope scope)
    {
        var graph = Graph.NewBody(scope.Graph);
        graph.Name = NullIfEmpty(syntax.Name.Text);
        var inner = new Scope(graph, scope);
        scope.Inner.Add(inner);
        Declare(syntax.Body, inner);
        return graph;
    }

    void Define(Scope scope, NameSyntax name, Value value)
    {
        if (name.Text.Length > 0 && !scope.Values.TryAdd(name.Text, value))
            throw source.Error(Descriptors.TextDuplicateName, name.Position, Length(name), name.Text);
    }

    Value Find(Scope scope, NameSyntax name)
    {
        for (var s = scope; s is not null; s = s.Outer)
            if (s.Values.TryGetValue(name.Text, out var value)) return value;
        var visible = new List<string>();
        for (var s = scope; s is not null; s = s.Outer) visible.AddRange(s.Values.Keys);
        throw source.Misspelt(Descriptors.TextUndefinedName, name, visible, name.Text);
    }

    int Length(NameSyntax name) => Scanner.TokenEnd(source.Text, name.Position) - name.Position;

    static OpsetImports Opsets(ImmutableArray<HeaderSyntax> header) =>
        (Entry<IReadOnlyList<KeyValuePair<string, long>>>(header, "opset_import") ?? [])
            .Aggregate(OpsetImports.Empty, (opsets, entry) => opsets.With(entry.Key, entry.Value));

    static T? Entry<T>(ImmutableArray<HeaderSyntax> header, string key) where T : class =>
        header.LastOrDefault(e => e.Key.Text == key)?.Value as T;

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>What a graph defines, while it is being made.</summary>
    sealed class Scope(Graph graph, Scope? outer)
    {
        public Graph Graph { get; } = graph;
        public Scope? Outer { get; } = outer;
        public BodySyntax? Syntax { get; set; }
        public List<Node> Nodes { get; } = [];
        public List<Scope> Inner { get; } = [];
        public Dictionary<string, Value> Values { get; } = new(StringComparer.Ordinal);
    }
}
