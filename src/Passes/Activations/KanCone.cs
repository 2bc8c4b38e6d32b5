using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Activations;

/// <summary>What computes functions of every number of <paramref name="X"/> by itself: [..., inputs] becomes <paramref name="Functions"/>, [..., inputs, terms].</summary>
/// <param name="X">[..., inputs], or with an axis of one more.</param>
/// <param name="Nodes">In the order of the graph.</param>
sealed record KanCone(Value X, Value Functions, int Inputs, int Terms, IReadOnlyList<Node> Nodes)
{
    const int MostNodes = 200;
    const long MostElements = 1 << 24;

    /// <summary>Null when <paramref name="functions"/> is computed from more than one value, or seen by others than <paramref name="users"/>.</summary>
    public static KanCone? Below(Value functions, NodePlaces places, IEnumerable<Node> users)
    {
        if (functions.Shape is not { Rank: >= 2 } shape || shape[shape.Rank - 2].Extent is not > 0 || shape[shape.Rank - 1].Extent is not > 0) return null;
        var (inputs, terms) = (shape[shape.Rank - 2].Extent, shape[shape.Rank - 1].Extent);
        var (open, nodes, known) = (new HashSet<Value> { functions }, new HashSet<Node>(), new HashSet<Node>(users));
        while (nodes.Count < MostNodes)
        {
            var next = places.Latest(open);
            if (open.Count == 1 && nodes.Count > 0 && IsInput(next)) return new(next, functions, (int)inputs, (int)terms, [.. places.InOrder(nodes)]);
            if (next.Producer is not { } node || !places.Contains(node) || !node.Op.IsStandard || node.Subgraphs.Any()) return null;
            if (node.Outputs.Any(o => o.Uses.Any(u => u.Node is null || !known.Contains(u.Node)))) return null;
            open.ExceptWith(node.Outputs);
            nodes.Add(node);
            known.Add(node);
            foreach (var input in node.Inputs)
                if (input is { Constant: null }) open.Add(input);
            if (open.Count == 0) return null;
        }
        return null;

        bool IsInput(Value value) => value.Shape is { } s && FloatingTensor.CanWrite(value.ElementType ?? ElementType.Undefined)
            && (s.Rank == shape.Rank - 1 ? s[s.Rank - 1].Extent == inputs : s.Rank == shape.Rank && s[s.Rank - 1].Extent == 1 && s[s.Rank - 2].Extent == inputs);
    }

    /// <summary>The node that gives <see cref="X"/> the axis of one that the functions lie along, where it has that.</summary>
    public Node? View => IsDeep(X) && X.Producer is { } view && view.Graph == X.Graph && view.Op.Name is "Unsqueeze" or "Reshape"
        && view.Input(0)!.Shape is { } seen && seen.Rank == X.Shape!.Rank - 1 && seen[seen.Rank - 1].Extent == Inputs ? view : null;

    /// <summary>With an axis of one behind the others.</summary>
    public bool IsDeep(Value value) => value.Shape!.Rank == Functions.Shape!.Rank;

    /// <summary>Constants of several numbers that take part, each as [inputs, n] where it can be seen so.</summary>
    public IReadOnlyList<double[][]> Constants()
    {
        var found = new OrderedDictionary<Value, double[][]>();
        foreach (var value in Nodes.SelectMany(n => n.Inputs))
        {
            if (value?.Constant is not { ElementCount: > 1 and <= MostElements } data || data is SparseTensor || !FloatingTensor.CanWrite(data.Element)) continue;
            var (last, numbers) = ((int)data.Dims[^1], FloatingTensor.Read(data));
            if (last == data.ElementCount) found.TryAdd(value, [.. Enumerable.Repeat(numbers, Inputs)]);
            else if (last * (long)Inputs == data.ElementCount && data.Dims[^2] == Inputs) found.TryAdd(value, [.. numbers.Chunk(last)]);
        }
        return [.. found.Values];
    }

    /// <summary>The functions at <paramref name="points"/>, the same for every input: [points, inputs, terms]. Null when they cannot be computed.</summary>
    public double[]? Probe(IEvaluator evaluator, double[] points)
    {
        if ((long)points.Length * Inputs * Terms > MostElements) return null;
        var (model, element) = (new Model(X.Graph.Model.IrVersion, X.Graph.Opsets), X.ElementType!.Value);
        var dims = X.Shape!.Dims.Select(_ => 1L).ToArray();
        dims[0] = points.Length;
        dims[IsDeep(X) ? ^2 : ^1] = Inputs;
        var values = new Dictionary<Value, Value>
        {
            [X] = model.Main.AddInitializer("x", FloatingTensor.Write(element, [.. dims], [.. points.SelectMany(p => Enumerable.Repeat(p, Inputs))])!),
        };
        foreach (var node in Nodes)
        {
            var copy = model.Main.AddNode(node.Op, [.. node.Inputs.Select(Copy)], node.Outputs.Select(o => $"v{o.Id}"), node.Attributes, null);
            foreach (var (from, to) in node.Outputs.Zip(copy.Outputs)) values[from] = to;
        }
        return evaluator.Evaluate([values[Functions]], MostElements) is [{ Data: { } data }] && data.ElementCount == (long)points.Length * Inputs * Terms ? FloatingTensor.Read(data) : null;

        Value? Copy(Value? value) => value is null ? null : values.TryGetValue(value, out var known) ? known : values[value] = model.Main.AddInitializer($"c{value.Id}", value.Constant!);
    }
}
