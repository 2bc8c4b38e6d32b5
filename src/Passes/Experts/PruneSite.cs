using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Experts;

/// <summary>A feed-forward network whose hidden channels can go: the weights of one, or of all experts of a layer.</summary>
/// <param name="Index">Its place among those of the model.</param>
sealed record PruneSite(int Index, Node Node, ExpertLayer? Layer, ExpertNetwork? Network)
{
    public int Width => Layer?.Width ?? Network!.Up.Outputs;

    public int Experts => Layer?.Experts ?? 1;

    /// <summary>Up, and gate where there is one, [inputs, channels].</summary>
    public IReadOnlyList<float[]> Incoming(int expert) => Layer is not null
        ? [.. new[] { Layer.Up, Layer.Gate }.OfType<Value>().Select(v => Read(ExpertTensor.Part(v.Constant!, expert)))]
        : [.. new[] { Network!.Up, Network.Gate }.OfType<LinearMap>().Select(m => Read(m.Matrix))];

    /// <summary>Down, [channels, outputs].</summary>
    public float[] Outgoing(int expert) => Read(Layer is not null ? ExpertTensor.Part(Layer.Down.Constant!, expert) : Network!.Down.Matrix);

    static float[] Read(TensorData data)
    {
        var values = new float[data.ElementCount];
        FloatingType.Read(data.Element, data.Bytes, values);
        return values;
    }

    /// <summary>Keeps some channels, of each expert its own.</summary>
    public void Keep(IReadOnlyList<int[]> kept)
    {
        if (Layer is not null) KeepOfExperts(Layer, kept);
        else
        {
            var channels = kept[0];
            foreach (var map in new[] { Network!.Up, Network.Gate }.OfType<LinearMap>())
            {
                ValueStore.Exchange(map.Node, 1, map.IsTransposed ? Rows(map.Weight, channels) : Columns(map.Weight, channels));
                if (map.BiasAt is var (node, slot)) ValueStore.Exchange(node, slot, Columns(map.BiasData!, channels));
            }
            ValueStore.Exchange(Network.Down.Node, 1, Network.Down.IsTransposed ? Columns(Network.Down.Weight, channels) : Rows(Network.Down.Weight, channels));
        }
    }

    void KeepOfExperts(ExpertLayer layer, IReadOnlyList<int[]> kept)
    {
        var graph = Node.Graph;
        Value Each(Value stack, Func<TensorData, int[], TensorData> keep) =>
            graph.AddInitializer(stack.Name, ExpertTensor.Stack([.. kept.Select((channels, e) => keep(ExpertTensor.Part(stack.Constant!, e), channels))]));
        (layer with
        {
            Gate = layer.Gate is null ? null : Each(layer.Gate, Columns),
            GateBias = layer.GateBias is null ? null : Each(layer.GateBias, Columns),
            Up = Each(layer.Up, Columns),
            UpBias = layer.UpBias is null ? null : Each(layer.UpBias, Columns),
            Down = Each(layer.Down, Rows),
        }).Replace(Node);
        foreach (var old in new[] { layer.Gate, layer.GateBias, layer.Up, layer.UpBias, layer.Down }.OfType<Value>()) ValueStore.RemoveUnused(old);
    }

    static TensorData Columns(TensorData data, int[] kept)
    {
        var width = (int)data.Dims[^1];
        return ExpertTensor.Pick(data, [.. data.Dims[..^1], kept.Length], i => i / kept.Length * width + kept[i % kept.Length]);
    }

    static TensorData Rows(TensorData data, int[] kept)
    {
        var width = (int)data.Dims[^1];
        return ExpertTensor.Pick(data, [kept.Length, width], i => kept[i / width] * width + i % width);
    }
}
