using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>
/// A symbolic shape for every value, and expressions for the elements of small integer tensors: one forward walk, bodies after what they
/// may capture. What it tells holds in every run that the model accepts. It assumes, as exporters do, that extents and products of extents
/// fit the integer types that the model computes them in.
/// </summary>
sealed class ShapeAnalysis
{
    readonly Dictionary<Value, ImmutableArray<SymbolicInt>> shapes = [];
    readonly Dictionary<Value, SmallTensor> elements = [];
    readonly ElementTransfer elementTransfer;
    readonly ShapeTransfer shapeTransfer;

    public ShapeAnalysis(Model model)
    {
        (elementTransfer, shapeTransfer) = (new(this), new(this));
        foreach (var function in model.Functions) Visit(function.Body, false);
        Visit(model.Main, true);
    }

    public SymbolTable Symbols { get; } = new();

    /// <summary>Extents of a tensor; null when the rank is not known.</summary>
    public ImmutableArray<SymbolicInt>? ShapeOf(Value? value)
    {
        if (value is null) return null;
        if (shapes.TryGetValue(value, out var known)) return known;
        return value.Constant is { } data ? shapes[value] = [.. data.Dims.Select(SymbolicInt.Of)] : null;
    }

    /// <summary>Elements of an integer or truth tensor of rank 0 or 1; null when it is another one, or too large.</summary>
    public SmallTensor? ElementsOf(Value? value)
    {
        if (value is null) return null;
        if (elements.TryGetValue(value, out var known)) return known;
        return value.Constant is { } data && SmallTensor.Of(data) is { } small ? elements[value] = small : null;
    }

    /// <summary>Integers that an attribute or, in later versions, a constant input gives; null when absent or not known.</summary>
    public long[]? Integers(Node node, string attribute, int slot) =>
        node.Attributes.Has(attribute) ? node.Attributes.Ints(attribute)?.ToArray()
            : slot > 0 ? ElementsOf(node.Input(slot))?.Constants : null;

    /// <summary>Lets <paramref name="copy"/>, which takes the place of <paramref name="value"/>, have what is known of that.</summary>
    public void Copy(Value value, Value copy)
    {
        if (shapes.TryGetValue(value, out var shape)) shapes[copy] = shape;
        if (elements.TryGetValue(value, out var small)) elements[copy] = small;
    }

    // Types in the body of a loop rest on its formal inputs, whose declared extents nothing checks.
    void Visit(Graph graph, bool typesHold)
    {
        foreach (var input in graph.Inputs)
            if (graph.Owner is null && graph.Function is null && input.Constant is null) Settle(input, null, true);
        var (facts, live) = (Symbols.FactCount, Live(graph));
        foreach (var node in graph.Nodes)
        {
            foreach (var body in node.Subgraphs) Visit(body, typesHold && node.Op.Is("If"));
            var found = shapeTransfer.Apply(node, live.Contains(node));
            for (var i = 0; i < node.Outputs.Length; i++)
                Settle(node.Outputs[i], i < found.Count ? found[i] : null, typesHold);
            if (node.Outputs is [var output] && elementTransfer.Apply(node) is { } small) Record(output, small);
        }
        // A body may not run at all.
        Symbols.FactCount = facts;
    }

    static HashSet<Node> Live(Graph graph)
    {
        var live = new HashSet<Node>();
        foreach (var node in graph.Nodes.Reverse())
            if (node.Outputs.Any(o => o.Uses.Any(IsLive))) live.Add(node);
        return live;

        bool IsLive(Use use) => use.Node is not { } user || live.Contains(user) || !ReferenceEquals(user.Graph, graph);
    }

    void Settle(Value value, ImmutableArray<SymbolicInt>? found, bool typesHold)
    {
        var declared = typesHold ? value.Shape : null;
        if (found is { } shape)
        {
            if (declared?.Rank == shape.Length)
                shape = [.. shape.Zip(declared.Dims, (extent, dim) => extent.Constant is null && dim.IsFixed ? SymbolicInt.Of(dim.Extent) : extent)];
            shapes[value] = shape;
        }
        else if (declared is not null)
            shapes[value] = [.. declared.Dims.Select((dim, axis) => dim.IsFixed ? SymbolicInt.Of(dim.Extent) : Symbols.Axis(value, axis))];
        else return;

        if (!typesHold || !SmallTensor.Supports(value.ElementType) || Length(value) is not { } length) return;
        var unknown = Enumerable.Range(0, length).Select(i => Symbols.Element(value, i));
        elements[value] = new(value.ElementType!.Value, shapes[value].IsEmpty, [.. unknown]);
    }

    int? Length(Value value) => shapes[value] switch
    {
        [] => 1,
        [var extent] when extent.Constant is >= 0 and <= SmallTensor.MostElements and var length => (int)length,
        _ => null,
    };

    // What is known of the elements tells the shape.
    void Record(Value value, SmallTensor small)
    {
        elements[value] = small;
        shapes[value] = small.IsScalar ? [] : [SymbolicInt.Of(small.Length)];
    }
}
