using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Sparsity;

/// <summary>Finds feed-forward blocks, whose activation may be one operator or spelled out.</summary>
static class FfnBlocks
{
    // Smaller blocks are no feed-forward blocks of a model worth the trouble.
    public const int LeastNeurons = 4;

    /// <summary>The blocks of a graph in its order.</summary>
    public static IEnumerable<FfnBlock> In(Graph graph)
    {
        var activations = new Dictionary<Value, Value>();
        foreach (var (input, output) in Clip.Activations.Of(graph)) activations[output] = input;
        foreach (var node in graph.Nodes)
            if (Read(node, LeastNeurons) is { } down && Block(down, activations) is { } block) yield return block;
    }

    static FfnBlock? Block(WeightSite down, Dictionary<Value, Value> activations)
    {
        var hidden = down.Input;
        if (activations.TryGetValue(hidden, out var before)) return Product(before) is not null ? new(down, before, hidden, null) : null;
        if (hidden.Producer is not { } times || !times.Op.Is("Mul")) return null;
        for (var side = 0; side < 2; side++)
            if (times.Input(side) is { } active && activations.TryGetValue(active, out before) && Product(before) is not null && Product(times.Input(1 - side)!) is not null)
                return new(down, before, active, times.Input(1 - side));
        return null;
    }

    /// <summary>The product that makes a value, a bias aside.</summary>
    public static WeightSite? Product(Value value)
    {
        var node = value.Producer;
        if (node?.Op.Is("Add") == true) node = (node.Input(0)?.Constant is not null ? node.Input(1) : node.Input(1)?.Constant is not null ? node.Input(0) : null)?.Producer;
        return node is null ? null : Read(node, LeastNeurons);
    }

    /// <summary>A product with constant weights, plain or quantized.</summary>
    public static WeightSite? Read(Node node, int least) => (WeightSite.IsProduct(node) ? WeightSite.Read(node, least).Site : null) ?? CodedWeights.Read(node, least);
}
