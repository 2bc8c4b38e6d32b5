using Onnxc.IR;

namespace Onnxc.Tests.Passes;

/// <summary>
/// Small executable models of common operators on [2,4] tensors, with special numbers among the constants, decided and undecided branches,
/// one-trip loops, and several public values.
/// </summary>
sealed class RandomGraph(int seed)
{
    static readonly string[] Unary = ["Relu", "Abs", "Neg", "Ceil", "Floor", "Round", "Sign", "Identity", "Dropout"];
    static readonly string[] Binary = ["Add", "Sub", "Mul", "Div"];
    static readonly float[] Numbers = [0f, -0f, 1f, -1f, 2f, 0.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e-40f];

    readonly Random random = new(seed);
    int next;

    public Model Make()
    {
        var model = PassTest.NewModel(opset: 18, ir: 8);
        var graph = model.Main;
        var values = new List<Value> { graph.AddInput("x", PassTest.Type(2, 4)), graph.AddInput("z", PassTest.Type(2, 4)) };
        if (random.Next(3) == 0)
        {
            values.Add(graph.AddInput("w", PassTest.Type(2, 4)));
            graph.SetInitializer(values[^1], TensorData.Floats([.. Enumerable.Range(0, 8).Select(_ => Number())], 2, 4));
        }
        var condition = graph.AddInput("c", new TensorType(ElementType.Bool, Shape.Scalar));
        Fill(graph, values, condition, random.Next(3, 14), depth: 0);
        var public_ = values.Where(v => v.Producer is not null).TakeLast(1).Concat(values.Where(v => v.Producer is not null && random.Next(5) == 0)).Distinct();
        foreach (var value in public_) graph.AddOutput(value);
        return model;
    }

    void Fill(Graph graph, List<Value> values, Value condition, int count, int depth)
    {
        for (var i = 0; i < count; i++) values.Add(Step(graph, () => values[random.Next(Math.Max(0, values.Count - 4), values.Count)], values, condition, depth));
    }

    Value Step(Graph graph, Func<Value> pick, List<Value> values, Value condition, int depth) => random.Next(depth > 1 ? 17 : 20) switch
    {
        0 or 1 => Op(graph, Unary[random.Next(Unary.Length)], [pick()]),
        2 or 3 => Arithmetic(graph, pick()),
        4 => Casts(graph, pick()),
        5 => Op(graph, "Transpose", [Op(graph, "Transpose", [pick()], ("perm", new long[] { 1, 0 }))], ("perm", new long[] { 1, 0 })),
        6 => SplitAndConcat(graph, pick),
        7 => Clips(graph, pick()),
        8 => Op(graph, "MatMul", [pick(), graph.AddInitializer(Name(), TensorData.Floats([.. Enumerable.Range(0, 16).Select(_ => Number())], 4, 4))]),
        9 => Slices(graph, pick),
        10 => Op(graph, "Gather", [Op(graph, "Gather", [pick(), Indices(graph, 5, 4)], ("axis", 1L)), Indices(graph, 4, 5)], ("axis", random.Next(3) == 0 ? -1L : 1L)),
        11 => Expand(graph, pick),
        12 => Op(graph, "Where", [Mask(graph), pick(), pick()]),
        13 => View(graph, pick()),
        14 => Transposed(graph, pick),
        15 => Repeated(graph, pick()),
        16 => Padded(graph, pick()),
        17 => Decided(graph, pick()),
        18 => If(graph, values, condition, depth),
        _ => Loop(graph, pick(), condition, values, depth),
    };

    Value Arithmetic(Graph graph, Value x)
    {
        var shape = random.Next(3) switch { 0 => Array.Empty<long>(), 1 => [1], _ => new long[] { 2, 4 } };
        var number = Number();
        var constant = graph.AddInitializer(Name(), TensorData.Of<float>(ElementType.Float, shape, [.. Enumerable.Repeat(number, shape.Length == 2 ? 8 : 1)]));
        var op = Binary[random.Next(Binary.Length)];
        return random.Next(3) == 0 ? Op(graph, op, [constant, x]) : Op(graph, op, [x, constant]);
    }

    Value Casts(Graph graph, Value x)
    {
        ElementType[] types = [ElementType.Float, ElementType.Double, ElementType.Float16, ElementType.Bool];
        for (var i = random.Next(4); i >= 0; i--) x = Op(graph, "Cast", [x], ("to", (long)types[random.Next(types.Length)]));
        return Op(graph, "Cast", [x], ("to", (long)ElementType.Float));
    }

    Value SplitAndConcat(Graph graph, Func<Value> pick)
    {
        var axis = random.Next(2);
        var split = graph.AddNode(new OpId("", "Split"), [pick()], [Name(), Name()], [new("axis", (long)axis), new("num_outputs", 2L)]);
        var order = random.Next(4) == 0 ? split.Outputs.Reverse().ToArray() : [.. split.Outputs];
        if (random.Next(2) == 0) return Op(graph, "Concat", order, ("axis", axis - (random.Next(2) * 2L)));
        var half = Op(graph, "Concat", [order[0]], ("axis", (long)axis));
        var quarter = Op(graph, "Concat", [order[1]], ("axis", (long)axis));
        return Op(graph, "Concat", [half, quarter], ("axis", (long)axis));
    }

    Value Clips(Graph graph, Value x)
    {
        for (var i = 0; i < 2; i++)
        {
            Value? Bound() => random.Next(3) == 0 ? null : graph.AddInitializer(Name(), TensorData.Scalar(Number()));
            x = Op(graph, "Clip", [x, Bound(), Bound()]);
        }
        return x;
    }

    Value Slices(Graph graph, Func<Value> pick)
    {
        Value Slice(Value x, long start, long end, long axis) =>
            Op(graph, "Slice", [x, Integers(graph, start), Integers(graph, end), Integers(graph, axis)]);
        if (random.Next(2) == 0)
        {
            var (x, middle) = (pick(), random.Next(5));
            Value[] parts = [Slice(x, 0, middle, 1), Slice(x, middle, random.Next(2) == 0 ? long.MaxValue : 4, -1)];
            return Op(graph, "Concat", random.Next(4) == 0 ? [.. parts.Reverse()] : parts, ("axis", 1L));
        }
        var wide = Op(graph, "Concat", [pick(), pick()], ("axis", 1L));
        var first = random.Next(4);
        return random.Next(3) == 0 ? Slice(Slice(wide, -7, 7, 1), 1, 5, 1)
            : Slice(random.Next(2) == 0 ? Slice(wide, 0, long.MaxValue, 0) : Slice(wide, first, 9, 1), first == 3 ? 1 : 0, first == 3 ? 5 : 4, 1);
    }

    Value Expand(Graph graph, Func<Value> pick)
    {
        var small = random.Next(2) == 0
            ? graph.AddInitializer(Name(), TensorData.Floats([Number(), Number(), Number(), Number()], 4))
            : Op(graph, "Slice", [pick(), Integers(graph, 1), Integers(graph, 2), Integers(graph, random.Next(2))]);
        var expanded = Op(graph, "Expand", [small, Integers(graph, 2, 4)]);
        return Op(graph, Binary[random.Next(Binary.Length)], random.Next(2) == 0 ? [expanded, pick()] : [pick(), expanded]);
    }

    Value Mask(Graph graph)
    {
        var (kind, wide) = (random.Next(3), random.Next(2) == 0);
        return graph.AddInitializer(Name(), TensorData.Of<byte>(ElementType.Bool, wide ? [2, 4] : [1], [.. Enumerable.Range(0, wide ? 8 : 1).Select(_ => (byte)(kind == 2 ? random.Next(2) : kind))]));
    }

    Value View(Graph graph, Value x) => random.Next(5) switch
    {
        4 => Op(graph, "Reshape", [x, ShapeOf(graph, x)]),
        0 => Op(graph, "Split", [x], ("axis", 1L), ("num_outputs", 1L)),
        1 => Op(graph, "ReduceMax", [x], ("noop_with_empty_axes", 1L)),
        2 => Op(graph, "Unsqueeze", [Op(graph, "Squeeze", [Op(graph, "Unsqueeze", [x, Integers(graph, 1)]), Integers(graph, 1)]), Integers(graph, 0)]) is var lifted
            ? Op(graph, "Reshape", [lifted, Integers(graph, 2, 4)]) : lifted,
        _ => Op(graph, "Squeeze", [Op(graph, "Unsqueeze", [x, Integers(graph, 0, -1)]), Integers(graph, -1, 0)]),
    };

    Value ShapeOf(Graph graph, Value x)
    {
        var (shape, other, holds) = (Op(graph, "Shape", [x]), Integers(graph, 8, 1), random.Next(2) == 0);
        return Op(graph, "Where", [graph.AddInitializer(Name(), TensorData.Of<byte>(ElementType.Bool, [1], [(byte)(holds ? 1 : 0)])), holds ? shape : other, holds ? other : shape]);
    }

    Value Transposed(Graph graph, Func<Value> pick)
    {
        Value Turn(Value x) => Op(graph, "Transpose", [x], ("perm", new long[] { 1, 0 }));
        var x = Op(graph, Unary[random.Next(Unary.Length)], [Turn(pick())]);
        var other = random.Next(2) == 0 ? Turn(pick()) : graph.AddInitializer(Name(), TensorData.Scalar(Number()));
        return Turn(Op(graph, Binary[random.Next(Binary.Length)], [x, other]));
    }

    // The same steps several times, one after the other.
    Value Repeated(Graph graph, Value x)
    {
        var steps = Enumerable.Range(0, random.Next(3, 6)).Select(_ => Unary[random.Next(Unary.Length)]).ToList();
        for (var i = random.Next(2, 4); i > 0; i--)
        {
            var start = x;
            foreach (var step in steps) x = Op(graph, step, [x]);
            x = Op(graph, "Sub", [start, x]);
        }
        return x;
    }

    Value Padded(Graph graph, Value x)
    {
        var number = Number();
        var filling = graph.AddInitializer(Name(), TensorData.Floats([number, number, number, random.Next(4) == 0 ? Number() : number], 2, 2));
        var wide = Op(graph, "Concat", random.Next(2) == 0 ? [filling, x] : [x, filling], ("axis", 1L));
        return Op(graph, "Slice", [wide, Integers(graph, 1), Integers(graph, 5), Integers(graph, 1)]);
    }

    // A branch for a rank that nothing after it would accept.
    Value Decided(Graph graph, Value x)
    {
        var lifted = Op(graph, "Unsqueeze", [x, Integers(graph, 2)]);
        var last = Op(graph, "Gather", [Op(graph, "Shape", [lifted]), graph.AddInitializer(Name(), TensorData.Scalar(2L))]);
        var isOne = Op(graph, "Equal", [last, graph.AddInitializer(Name(), TensorData.Scalar(1L))]);
        Graph Branch(string op, Value?[] inputs)
        {
            var body = Graph.NewBody(graph);
            body.AddOutput(Op(body, op, inputs));
            return body;
        }
        var axis = Integers(graph, -1);
        var node = graph.AddNode(new OpId("", "If"), [isOne], [Name()],
            [new("then_branch", new GraphAttribute(Branch("Squeeze", [lifted, axis]))), new("else_branch", new GraphAttribute(Branch("Neg", [lifted])))]);
        return Op(graph, "Transpose", [Op(graph, "Transpose", [node.Output], ("perm", new long[] { 1, 0 }))], ("perm", new long[] { 1, 0 }));
    }

    Value Indices(Graph graph, int count, int extent) => Integers(graph, [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(-extent, extent))]);

    Value Integers(Graph graph, params long[] values) => graph.AddInitializer(Name(), TensorData.Int64s(values, values.Length));

    Value If(Graph graph, List<Value> values, Value condition, int depth)
    {
        var chosen = random.Next(2) == 0 ? condition : graph.AddInitializer(Name(), TensorData.Of<byte>(ElementType.Bool, [], [(byte)random.Next(2)]));
        // The same steps twice make branches that are equal.
        var (before, state) = (next, random.Next());
        var equal = random.Next(3) == 0;
        Graph Branch(int branchSeed)
        {
            var inner = new RandomGraph(branchSeed) { next = before + (1 + branchSeed % 1000) * 1000 };
            var body = Graph.NewBody(graph);
            var visible = new List<Value>(values);
            inner.Fill(body, visible, condition, 2, depth + 1);
            body.AddOutput(visible[^1]);
            body.AddOutput(visible[^2]);
            return body;
        }
        var node = graph.AddNode(new OpId("", "If"), [chosen], [Name(), Name()],
            [new("then_branch", new GraphAttribute(Branch(state))), new("else_branch", new GraphAttribute(Branch(equal ? state : state ^ 5)))]);
        return node.Outputs[random.Next(2)];
    }

    Value Loop(Graph graph, Value x, Value condition, List<Value> values, int depth)
    {
        // ONNX Runtime frees the state of a loop without trips too early where a body captures it as well.
        var trips = graph.AddInitializer(Name(), TensorData.Scalar((long)random.Next(1, 4)));
        var body = Graph.NewBody(graph);
        body.AddInput(Name(), new TensorType(ElementType.Int64, Shape.Scalar));
        var on = body.AddInput(Name(), new TensorType(ElementType.Bool, Shape.Scalar));
        var state = body.AddInput(Name(), PassTest.Type(2, 4));
        var idle = body.AddInput(Name(), PassTest.Type(2, 4));
        var visible = new List<Value>(values) { state };
        Fill(body, visible, condition, 2, depth + 1);
        body.AddOutput(Op(body, "Identity", [on]));
        body.AddOutput(visible[^1].Graph == body && visible[^1].Producer is not null ? visible[^1] : Op(body, "Identity", [visible[^1]]));
        body.AddOutput(Op(body, "Identity", [idle]));
        return graph.AddNode(new OpId("", "Loop"), [trips, null, x, x], [Name(), Name()], [new("body", new GraphAttribute(body))]).Outputs[random.Next(4) == 0 ? 1 : 0];
    }

    Value Op(Graph graph, string op, Value?[] inputs, params (string Name, AttributeValue Value)[] attributes) =>
        graph.AddNode(new OpId("", op), inputs, [Name()], attributes.Select(a => KeyValuePair.Create(a.Name, a.Value))).Output;

    float Number() => Numbers[random.Next(Numbers.Length)];

    string Name() => FormattableString.Invariant($"v{next++}");
}
