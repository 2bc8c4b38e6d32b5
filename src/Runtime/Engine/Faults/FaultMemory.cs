using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>The weights of a session in memory of our own, where faults strike and are taken back.</summary>
sealed class FaultMemory : IDisposable
{
    readonly IReadOnlyList<FaultWeight> weights;
    readonly IReadOnlyList<PlacedWeight> placed;
    readonly WeightBuffer[] buffers;
    readonly Stack<(int Weight, int Offset, byte Was)> journal = new();

    public FaultMemory(IReadOnlyList<FaultWeight> weights, IReadOnlyList<PlacedWeight> placed)
    {
        (this.weights, this.placed) = (weights, placed);
        buffers = [.. placed.Select(p => new WeightBuffer(p.Data))];
    }

    public WeightBuffer this[int weight] => buffers[weight];

    /// <summary>Strikes the weights that <paramref name="targets"/> lists, and says how many bits were hit.</summary>
    public long Strike(FaultModel model, IReadOnlyList<int> targets, double rate, ulong seed, int trial)
    {
        var hits = 0L;
        foreach (var (weight, element, bit) in FaultDraw.Bits(model, weights, targets, rate, seed, trial))
        {
            Hit(model, weight, element, bit);
            hits++;
        }
        return hits;
    }

    void Hit(FaultModel model, int weight, long element, int bit)
    {
        var type = weights[weight].Element;
        var width = type.BitWidth();
        var index = placed[weight].PlaceOf(element);
        var bytes = buffers[weight].Bytes;
        var first = (int)(index * width / 8);
        for (var i = 0; i < Math.Max(1, width / 8); i++) journal.Push((weight, first + i, bytes[first + i]));
        FaultBits.Hit(bytes, type, index, bit, model.Kind, model.Codec);
    }

    /// <summary>Takes all faults back.</summary>
    public void Heal()
    {
        while (journal.TryPop(out var entry)) buffers[entry.Weight].Bytes[entry.Offset] = entry.Was;
    }

    public void Dispose()
    {
        foreach (var buffer in buffers) buffer.Dispose();
    }
}
