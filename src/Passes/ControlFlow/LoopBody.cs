using System.Globalization;
using Onnxc.IR;
using Onnxc.Passes.Cleanup;

namespace Onnxc.Passes.ControlFlow;

/// <summary>A <c>Loop</c> and its body: what is known about its trips, and how it is replaced by that many copies of the body.</summary>
sealed class LoopBody
{
    readonly Node node;
    readonly Graph body;
    readonly int states;

    LoopBody(Node node, Graph body) => (this.node, this.body, states) = (node, body, node.InputCount - 2);

    public static LoopBody? Of(Node node) =>
        node.Op.Is("Loop") && node.Attributes["body"] is GraphAttribute { Value: var body } ? new(node, body) : null;

    /// <summary>How often the body runs; null when it is not known.</summary>
    public long? Trips()
    {
        var (most, condition) = (ConstantScalar.Int64(node.Input(0)), ConstantScalar.Bool(node.Input(1)));
        if (condition == false || most <= 0) return 0;
        // A condition that is left out holds; without a count the body decides about the second trip.
        if (most is null || (condition is null && node.Input(1) is not null)) return null;
        return most == 1 || ConditionHolds() ? most : null;
    }

    /// <summary>Nodes of the body and of what is nested in it.</summary>
    public int Size => Nodes().Count();

    public string? ReasonAgainst(long trips)
    {
        if (states < 0 || body.Inputs.Count != states + 2 || body.Outputs.Count != node.Outputs.Length + 1 || body.Outputs.Count < states + 1
            || node.Inputs.Skip(2).Any(i => i is null))
            return "the body has a strange interface";
        if (body.Inputs.Any(i => i.IsInitializer)) return "an input of the body has a default";
        if (body.Annotations.Count > 0) return "the body has quantization annotations";
        if (trips == 0 && node.Outputs.Skip(states).Any(o => o.HasUses)) return "the shape of an empty scanned output is not known";
        // One generator draws on from trip to trip; copies of it would begin anew.
        if (trips > 1 && !IsPure()) return "the body may be random or stateful";
        return null;
    }

    public void Replace(long trips, string pass)
    {
        var builder = new GraphBuilder(node.Graph, node, pass);
        var state = node.Inputs.Skip(2).ToArray();
        var scanned = new List<Value>[node.Outputs.Length - states];
        for (var i = 0; i < scanned.Length; i++) scanned[i] = [];
        var copy = new BodyCopy(node.Graph, node);
        for (long trip = 0; trip < trips; trip++)
        {
            if (trips > 1) copy = new BodyCopy(node.Graph, node) { Scope = string.Create(CultureInfo.InvariantCulture, $"{node.DisplayName}/{trip}") };
            // ONNX Runtime gives counter and condition the rank that the body declares.
            copy.Bind(body.Inputs[0], Constant(builder, body.Inputs[0], TensorData.Int64s([trip], [1])));
            copy.Bind(body.Inputs[1], Constant(builder, body.Inputs[1], TensorData.Of<byte>(ElementType.Bool, [1], [1])));
            for (var i = 0; i < states; i++) copy.Bind(body.Inputs[i + 2], state[i]);
            copy.Add(body);
            for (var i = 0; i < states; i++) state[i] = copy[body.Outputs[i + 1]];
            for (var i = 0; i < scanned.Length; i++)
                if (node.Outputs[states + i].HasUses) scanned[i].Add(Unsqueeze(builder, copy[body.Outputs[states + i + 1]]!));
        }
        copy.Replace(node, [.. state, .. scanned.Select(s => Join(builder, s))]);
    }

    /// <summary>True when the body hands on the condition that it got, or a constant one that holds.</summary>
    bool ConditionHolds()
    {
        if (body.Outputs.Count == 0 || body.Inputs.Count < 2) return false;
        var value = body.Outputs[0];
        while (value.Producer is { } producer && producer.Op.Is("Identity") && producer.Input(0) is { } source) value = source;
        return ReferenceEquals(value, body.Inputs[1]) || ConstantScalar.Bool(value) == true;
    }

    bool IsPure()
    {
        var purity = new Purity(node.Graph.Model);
        return Nodes().All(n => n.Subgraphs.Any() || purity.ReasonAgainst(n) is null);
    }

    IEnumerable<Node> Nodes()
    {
        var pending = new Stack<Graph>([body]);
        while (pending.TryPop(out var graph))
        {
            foreach (var inner in graph.Nodes)
            {
                yield return inner;
                foreach (var nested in inner.Subgraphs) pending.Push(nested);
            }
        }
    }

    static Value? Constant(GraphBuilder builder, Value parameter, TensorData vector)
    {
        if (!parameter.HasUses) return null;
        return builder.Constant(parameter.Shape is { Rank: 1 } ? vector : new DenseTensor(vector.Element, [], vector.Bytes.ToArray()));
    }

    // The axis became an input in version 13.
    static Value Unsqueeze(GraphBuilder builder, Value value) => builder.Graph.Opsets[""] < 13
        ? builder.Op("Unsqueeze", [value], ("axes", new long[] { 0 }))
        : builder.Op("Unsqueeze", [value, builder.Constant(TensorData.Int64s([0]))]);

    static Value? Join(GraphBuilder builder, List<Value> trips) => trips.Count switch
    {
        0 => null,
        1 => trips[0],
        _ => builder.Op("Concat", trips.ToArray(), ("axis", 0L)),
    };
}
