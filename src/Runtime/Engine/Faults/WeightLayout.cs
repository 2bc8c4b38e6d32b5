using System.Runtime.InteropServices;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>
/// A model with the weights of its convolutions as ONNX Runtime lays them out at its highest level: in blocks of channels as wide as the vectors of the
/// processor, which runs several times as fast. Where they have gone is seen by giving every number a mark of its own, so that faults hit the same bits as
/// in any other layout.
/// </summary>
sealed record WeightLayout(byte[] Model, IReadOnlyList<PlacedWeight> Weights)
{
    // Marks are the smallest normal numbers, which no real weight has; padding is 0.
    const uint FirstMark = 0x0080_0000;
    const long MostMarks = 1 << 27;

    /// <summary>The weights as they lie in the model itself.</summary>
    public static WeightLayout Plain(byte[] model, IReadOnlyList<FaultWeight> weights) => new(model, [.. weights.Select(w => new PlacedWeight(w.Name, w.Data, null))]);

    /// <summary>Lays out a model that has been optimised otherwise; <see cref="Plain"/> where ONNX Runtime has no other layout for it.</summary>
    public static WeightLayout Of(byte[] model, IReadOnlyList<FaultWeight> weights) => Find(model, weights) ?? Plain(model, weights);

    static WeightLayout? Find(byte[] bytes, IReadOnlyList<FaultWeight> weights)
    {
        if (ModelReader.Read(bytes).Value is not { } model) return null;
        var marked = Mark(model, weights);
        if (marked.Count == 0 || Optimize(ModelWriter.ToBytes(model)) is not { } optimized || ModelReader.Read(optimized).Value is not { } result) return null;
        var ends = marked.ConvertAll(m => m.End);
        var plain = weights.Select((w, i) => (w.Name, Index: i)).Where(w => marked.TrueForAll(m => m.Weight != w.Index)).ToDictionary(w => w.Name, w => w.Index, StringComparer.Ordinal);
        var placed = new PlacedWeight?[weights.Count];
        foreach (var value in result.Main.Initializers)
        {
            var data = value.Initializer!;
            if (plain.TryGetValue(value.Name, out var same))
            {
                if (!data.ContentEquals(weights[same].Data)) return null;
                placed[same] = new(value.Name, weights[same].Data, null);
            }
            else if (FirstOf(data) is { } mark && mark < ends[^1])
            {
                var group = ends.FindIndex(e => mark < e);
                var index = marked[group].Weight;
                // Of a weight in two layouts both would have to be struck.
                if (placed[index] is not null || Place(value.Name, data, weights[index].Data, group == 0 ? 0 : ends[group - 1]) is not { } found) return null;
                placed[index] = found;
            }
        }
        return Array.TrueForAll(placed, p => p is not null) ? new(optimized, placed!) : null;
    }

    // Weights of convolutions, with marks in the place of their numbers; and where their marks end.
    static List<(int Weight, long End)> Mark(Model model, IReadOnlyList<FaultWeight> weights)
    {
        var read = model.Main.Nodes.Where(n => n.Op.Name is "Conv" or "FusedConv").SelectMany(n => n.Inputs.Skip(1)).OfType<Value>().ToHashSet();
        var marked = new List<(int, long)>();
        var end = 0L;
        for (var i = 0; i < weights.Count; i++)
        {
            if (weights[i].Data is not { Element: ElementType.Float } data || read.FirstOrDefault(v => v.Name == weights[i].Name) is not { } value) continue;
            if (end + data.ElementCount > MostMarks) return [];
            var marks = new uint[data.ElementCount];
            for (var k = 0; k < marks.Length; k++) marks[k] = FirstMark + (uint)(end + k);
            var replaced = model.Main.AddInitializer("marked", TensorData.Of<uint>(ElementType.Float, data.Dims.AsSpan(), marks));
            value.ReplaceAllUsesWith(replaced);
            model.Main.RemoveInitializer(value);
            marked.Add((i, end += marks.Length));
        }
        return marked;
    }

    static byte[]? Optimize(byte[] model) => OrtOptimizer.Bytes(settings => OrtModel.Load(model, settings), SessionSettings.Default.WithKernels()) is { IsOk: true, Value: var optimized } ? optimized : null;

    static ReadOnlySpan<uint> Bits(TensorData data) => MemoryMarshal.Cast<byte, uint>(data.Bytes);

    static long? FirstOf(TensorData data)
    {
        if (data.Element != ElementType.Float || data is SparseTensor) return null;
        var bits = Bits(data);
        var first = bits.IndexOfAnyExcept(0u);
        return first >= 0 && bits[first] >= FirstMark ? bits[first] - FirstMark : null;
    }

    static PlacedWeight? Place(string name, TensorData marks, TensorData original, long start)
    {
        var bits = Bits(marks);
        var from = Bits(original);
        var places = new int[from.Length];
        Array.Fill(places, -1);
        var laid = new uint[bits.Length];
        for (var i = 0; i < bits.Length; i++)
        {
            if (bits[i] == 0) continue;
            var element = bits[i] - (long)FirstMark - start;
            if (element < 0 || element >= places.Length || places[element] >= 0) return null;
            places[element] = i;
            laid[i] = from[(int)element];
        }
        return Array.IndexOf(places, -1) < 0 ? new(name, TensorData.Of<uint>(ElementType.Float, marks.Dims.AsSpan(), laid), places) : null;
    }
}
