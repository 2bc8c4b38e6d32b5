using System.Globalization;
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

    /// <summary>
    /// Strikes the weights that <paramref name="targets"/> lists, and says how many bits were hit. What is drawn for a weight depends on nothing but
    /// the seed, the rate, the trial and its name, so that models which share weights suffer the same.
    /// </summary>
    public long Strike(FaultModel model, IReadOnlyList<int> targets, double rate, ulong seed, int trial)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{rate:R}/{trial}");
        if (model.Sampler == FaultSampler.Exact) return StrikeWhole(model, targets, rate, SplitMix.For(seed, key));
        var hits = 0L;
        foreach (var target in targets)
        {
            var random = SplitMix.For(seed, $"{key}/{weights[target].Name}");
            var places = Places(target, model);
            foreach (var place in model.Sampler == FaultSampler.Binomial ? FaultSample.Binomial(random, places, rate) : FaultSample.WithReplacement(random, places, rate))
            {
                Hit(model, target, place);
                hits++;
            }
        }
        return hits;
    }

    long StrikeWhole(FaultModel model, IReadOnlyList<int> targets, double rate, SplitMix random)
    {
        var ends = new long[targets.Count];
        for (var i = 0; i < ends.Length; i++) ends[i] = (i == 0 ? 0 : ends[i - 1]) + Places(targets[i], model);
        var total = ends.Length == 0 ? 0 : ends[^1];
        var count = (long)Math.Round(total * rate);
        foreach (var place in FaultSample.Distinct(random, total, count))
        {
            var found = Array.BinarySearch(ends, place);
            // An end is the first place of the next weight, and empty weights share theirs.
            var i = found < 0 ? ~found : found + 1;
            while (ends[i] <= place) i++;
            Hit(model, targets[i], place - (i == 0 ? 0 : ends[i - 1]));
        }
        return count;
    }

    long Places(int target, FaultModel model) =>
        model.Bit is not { } bit ? weights[target].Bits : bit < weights[target].Data.Element.BitWidth() ? weights[target].Data.ElementCount : 0;

    void Hit(FaultModel model, int target, long place)
    {
        var type = weights[target].Data.Element;
        var width = type.BitWidth();
        var (element, bit) = model.Bit is { } only ? (place, only) : (place / width, (int)(place % width));
        var index = placed[target].PlaceOf(element);
        var bytes = buffers[target].Bytes;
        var first = (int)(index * width / 8);
        for (var i = 0; i < Math.Max(1, width / 8); i++) journal.Push((target, first + i, bytes[first + i]));
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
