using Onnxc.IR;

namespace Onnxc.Tests.Passes;

/// <summary>
/// Small executable models of common operators on [2,4] tensors, with special numbers among the constants, decided and undecided branches,
/// one-trip loops, and several public values.
/// </summary>
sealed class RandomGraph(int seed)
{
    static readonly string[] Unary = ["Relu", "Abs", "Neg", "Ceil", "Floor", "Round", "Sign", "Identity", "Dropout"];
    static readonly float[] Numbers = [0f, -0f, 1f, -1f, 2f, 0.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e-40f];

    readonly Random random = new(seed);
    int next;

    public Model Make()
    {
        var model = PassTest.NewModel(opset: 18, ir: 8);
        var graph = model.Main;
        var values = new List<Value> { graph.AddInput("x", PassTest.Type(2, 4)), graph.AddInput("z", PassTest.Type(2, 4)) };
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

    Value Step(Graph graph, Func<Value> pick, List<Value> values, Value condition, int depth) => random.Next(depth > 1 ? 9 : 11) switch
    {
        0 or 1 => Op(graph, Unary[random.Next(Unary.Length)], [pick()]),
        2 or 3 => Arithmetic(graph, pick()),
        4 => Casts(graph, pick()),
        5 => Op(graph, "Transpose", [Op(graph, "Transpose", [pick()], ("perm", new long[] { 1, 0 }))], ("perm", new long[] { 1, 0 })),
        6 => SplitAndConcat(graph, pick),
        7 => Clips(graph, pick()),
        8 => Op(graph, "MatMul", [pick(), graph.AddInitializer(Name(), TensorData.Floats([.. Enumerable.Range(0, 16).Select(_ => Number())], 4, 4))]),
        9 => If(graph, values, condition, depth),
        _ => Loop(graph, pick(), condition, values, depth),
    };

    Value Arithmetic(Graph graph, Value x)
    {
        var shape = random.Next(3) switch { 0 => Array.Empty<long>(), 1 => [1], _ => new long[] { 2, 4 } };
        var number = Number();
        var constant = graph.AddInitializer(Name(), TensorData.Of<float>(ElementType.Float, shape, [.. Enumerable.Repeat(number, shape.Length == 2 ? 8 : 1)]));
        var op = new[] { "Add", "Sub", "Mul", "Div" }[random.Next(4)];
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
        var trips = graph.AddInitializer(Name(), TensorData.Scalar((long)random.Next(1, 3)));
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
