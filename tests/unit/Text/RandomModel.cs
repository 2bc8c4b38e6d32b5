using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Tests.Text;

/// <summary>Small models with odd names, every element type, every kind of attribute, and bodies that capture.</summary>
sealed class RandomModel(int seed)
{
    static readonly string[] Names =
    [
        "x", "y", "x_1", "v_1", "a", "b", "float", "seq", "nan", "Inf", "undefined", "type77", "type5", "input/x", "a b", "\"", "\\", "\\x41", "#", "=>", "ü", "日本", "😀",
        "\n", "\t\u0085", "1", "_", "A.B", "x:0", "ı", "İ", "", "then_branch", "\u2028", "{...}", "@p",
    ];

    readonly Random random = new(seed);
    int depth;

    public Model Make()
    {
        var model = new Model(random.Next(3, 14), Opsets())
        {
            ProducerName = Maybe(Name),
            ProducerVersion = Maybe(Name),
            Domain = Maybe(Name),
            DocString = Maybe(Name),
            ModelVersion = random.Next(2) == 0 ? null : random.NextInt64(long.MinValue, long.MaxValue),
            Metadata = [.. Some(2, () => KeyValuePair.Create(Name(), Name()))],
        };
        model.Main.Name = Maybe(Name);
        Fill(model.Main, []);
        for (var i = random.Next(3); i > 0; i--)
        {
            var id = new OpId(Name(), Name(), random.Next(2) == 0 ? "" : Name());
            if (model.Functions[id] is not null) continue;
            var function = model.AddFunction(id, Opsets());
            function.RequiredAttributes = [.. Some(2, Name)];
            function.DocString = Maybe(Name);
            for (var a = random.Next(3); a > 0; a--) function.DefaultAttributes.Append(Name(), Attribute(function.Body, []));
            Fill(function.Body, []);
        }
        return model;
    }

    OpsetImports Opsets() => Some(3, Name).Aggregate(OpsetImports.Empty, (o, d) => o.With(d, random.Next(30)));

    string Name() => Names[random.Next(Names.Length)];

    string? Maybe(Func<string> make) => random.Next(2) == 0 ? null : make();

    T[] Some<T>(int most, Func<T> make) => [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => make())];

    void Fill(Graph graph, List<Value> outside)
    {
        var visible = new List<Value>(outside);
        foreach (var name in Some(3, Name))
        {
            var input = graph.AddInput(name, MaybeType(true));
            if (random.Next(4) == 0 && graph.Function is null) graph.SetInitializer(input, Tensor());
            if (random.Next(4) == 0 && input.Initializer is { } data) input.SetType(data is SparseTensor ? new SparseTensorType(data.Element, new Shape(data.Dims)) : data.Type);
            visible.Add(input);
        }
        foreach (var name in Some(2, Name))
        {
            if (graph.Function is not null) continue;
            var value = graph.AddInitializer(name, Tensor());
            if (random.Next(3) == 0) value.SetType(MaybeType(false), random.Next(2) == 0);
            visible.Add(value);
        }
        for (var n = random.Next(4); n > 0; n--)
        {
            var inputs = Some(3, () => visible.Count == 0 || random.Next(5) == 0 ? null : visible[random.Next(visible.Count)]);
            var attributes = Some(3, () => KeyValuePair.Create(Name(), Attribute(graph, visible)));
            var node = graph.AddNode(new OpId(random.Next(2) == 0 ? "" : Name(), Name(), random.Next(3) == 0 ? Name() : ""), inputs, Some(3, Name), attributes, Maybe(Name),
                random.Next(3) == 0 ? graph.Nodes.First : null);
            foreach (var output in node.Outputs)
            {
                output.SetType(MaybeType(false), random.Next(2) == 0);
                visible.Add(output);
            }
        }
        if (visible.Count == 0) return;
        foreach (var name in Some(4, Name)) graph.AddOutput(visible[random.Next(visible.Count)], random.Next(2) == 0 ? null : name);
    }

    ValueType? MaybeType(bool often) => random.Next(often ? 5 : 2) == 0 ? null : Type();

    ValueType? InnerType() => random.Next(5) == 0 ? null : Type();

    ElementType Element() => (ElementType)random.Next(0, 28);

    ValueType Type() => random.Next(9) switch
    {
        0 => new SequenceType(InnerType()),
        1 => new OptionalType(InnerType()),
        2 => new MapType(Element(), InnerType()),
        3 => new SparseTensorType(Element(), Shape()),
        4 => new OpaqueType(Name(), Name()),
        _ => new TensorType(Element(), Shape()),
    };

    Shape? Shape() => random.Next(4) == 0 ? null : new Shape([.. Some(3, () => random.Next(4) switch
    {
        0 => Dim.Unknown,
        1 => Dim.Named(Name()),
        _ => Dim.Fixed(random.NextInt64(-1, 5)),
    })]);

    TensorData Tensor()
    {
        if (random.Next(6) > 0) return Dense(Element(), [.. Some(3, () => (long)random.Next(4))]);
        var element = Element();
        var count = random.Next(3);
        return new SparseTensor([3, 4], Dense(element, [count]), random.Next(4) == 0 ? null : Dense(ElementType.Int64, [count]));
    }

    TensorData Dense(ElementType element, ImmutableArray<long> dims)
    {
        var count = TensorData.CountElements(dims)!.Value;
        if (element == ElementType.String) return new StringTensor(dims, [.. Enumerable.Range(0, (int)count).Select(_ => Bytes())]);
        var bytes = new byte[element.ByteLength(count)];
        random.NextBytes(bytes);
        return new DenseTensor(element, dims, bytes);
    }

    byte[] Bytes()
    {
        var bytes = new byte[random.Next(6)];
        random.NextBytes(bytes);
        return random.Next(2) == 0 ? bytes : System.Text.Encoding.UTF8.GetBytes(Name());
    }

    float Float() => random.Next(8) switch
    {
        0 => float.NaN,
        1 => float.NegativeInfinity,
        2 => -0f,
        3 => float.Epsilon,
        _ => BitConverter.Int32BitsToSingle(random.Next()),
    };

    Graph Body(Graph parent, List<Value> visible)
    {
        var body = Graph.NewBody(parent);
        body.Name = Maybe(Name);
        depth++;
        Fill(body, visible);
        depth--;
        return body;
    }

    AttributeValue Attribute(Graph graph, List<Value> visible) => random.Next(depth > 2 ? 13 : 15) switch
    {
        0 => new FloatAttribute(Float()),
        1 => new IntAttribute(random.NextInt64(long.MinValue, long.MaxValue)),
        2 => new StringAttribute([.. Bytes()]),
        3 => new TensorAttribute(Tensor()),
        4 => new FloatsAttribute([.. Some(3, Float)]),
        5 => new IntsAttribute([.. Some(3, () => random.NextInt64(long.MinValue, long.MaxValue))]),
        6 => new StringsAttribute([.. Some(3, () => ImmutableArray.Create(Bytes()))]),
        7 => new TensorsAttribute([.. Some(3, () => Dense(Element(), [2]))]),
        8 => new TensorsAttribute([.. Some(2, () => (TensorData)new SparseTensor([9], Dense(ElementType.Float, [1]), Dense(ElementType.Int64, [1])))], sparse: true),
        9 => new TypeAttribute(InnerType()),
        10 => new TypesAttribute([.. Some(3, InnerType)]),
        11 => new EmptyAttribute(),
        12 => new ReferenceAttribute(Name(), (AttributeKind)random.Next(15)),
        13 => new GraphAttribute(Body(graph, visible)),
        _ => new GraphsAttribute([.. Some(2, () => Body(graph, visible))]),
    };
}
