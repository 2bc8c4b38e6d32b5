using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>Places of nodes and values, which are the same in a copy of the model.</summary>
sealed class NodeOrder
{
    readonly Dictionary<Node, int> places = [];

    public NodeOrder(Model model)
    {
        foreach (var node in model.AllNodes()) places[node] = places.Count;
    }

    /// <summary>Null for a node that was made since.</summary>
    public int? PlaceOf(Node node) => places.TryGetValue(node, out var place) ? place : null;

    /// <summary>Null for a value that a node made since holds.</summary>
    public (int Place, int Index, string Name)? PlaceOf(Value value) =>
        value.Producer is not { } producer ? (-1, 0, value.Name) : PlaceOf(producer) is { } place ? (place, value.OutputIndex, "") : null;
}
