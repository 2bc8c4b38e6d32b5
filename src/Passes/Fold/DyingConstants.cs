using Onnxc.IR;

namespace Onnxc.Passes.Fold;

/// <summary>
/// How many bytes of constants nothing needs any more once a node is replaced by its result: those of the constants from which every way
/// leads through the node. Nodes are added producers first.
/// </summary>
sealed class DyingConstants
{
    // Smaller ones do not matter to the size of a model, but stand in thousands of places.
    const int SmallestShared = 256;

    readonly Dictionary<Node, (long Bytes, Dictionary<Value, int>? Open)> nodes = [];

    public long BytesOf(Node node) => nodes[node].Bytes;

    public void Add(Node node)
    {
        var bytes = 0L;
        Dictionary<Value, int>? open = null;
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i) is { } input) Cover(input, 1, ref bytes, ref open);
        nodes[node] = (bytes, open);
    }

    // A value dies when all its uses are covered, and what only it needs dies with it; until then its uses are counted.
    void Cover(Value value, int uses, ref long bytes, ref Dictionary<Value, int>? open)
    {
        if (value.Constant is { } constant)
        {
            if (constant.ByteLength < SmallestShared && value.UseCount > uses) return;
        }
        else if (value.Producer is not { } producer || !nodes.ContainsKey(producer) || producer.Outputs.Any(o => o.HasUses && !ReferenceEquals(o, value))) return;

        var covered = (open?.GetValueOrDefault(value) ?? 0) + uses;
        if (covered < value.UseCount)
        {
            (open ??= [])[value] = covered;
            return;
        }
        open?.Remove(value);
        if (value.Constant is { } data)
        {
            bytes += data.ByteLength;
            return;
        }
        var (within, rest) = nodes[value.Producer!];
        bytes += within;
        if (rest is null) return;
        if (open is null || open.Count < rest.Count) (open, rest) = (rest, open);
        // The larger table is taken over: nothing else asks for it once its value is covered.
        foreach (var (other, count) in rest ?? []) Cover(other, count, ref bytes, ref open);
    }
}
