using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>Constants that take the place of a weight, where the weight is, so that all who use it can use them too.</summary>
static class ValueStore
{
    /// <summary>The constant of a role, made when it is first asked for.</summary>
    public static Value Get(Dictionary<string, Value> stored, Value weight, string role, Func<TensorData> make) =>
        stored.TryGetValue(role, out var value) ? value : stored[role] = weight.Graph.AddInitializer($"{weight.Name}_{role}", make());

    /// <summary>Puts another constant in the place of one that a node alone uses.</summary>
    public static void Exchange(Node node, int slot, TensorData data)
    {
        var old = node.Input(slot)!;
        node.SetInput(slot, old.Graph.AddInitializer(old.Name, data));
        RemoveUnused(old);
    }

    /// <summary>Takes a constant away that nothing uses any more: left behind, it would make the model larger instead of smaller.</summary>
    public static void RemoveUnused(Value weight)
    {
        if (weight.HasUses || weight.IsGraphInput) return;
        if (weight.Producer is { IsRemoved: false } node) weight.Graph.RemoveNode(node);
        else if (weight.IsInitializer) weight.Graph.RemoveInitializer(weight);
    }
}
