using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Numbers of constants by content. The same object or the same place in a file needs no look at the data; others are compared only with
/// those that agree in type, extents and a few samples, so that weights are not read unless they are most likely equal.
/// </summary>
sealed class ConstantNumbers
{
    const int SampleLength = 512;

    // A family of large tensors that differ outside the samples would make comparing quadratic; unequal numbers are always sound.
    const int MostAlike = 64;

    readonly Dictionary<TensorData, int> byIdentity = new(ReferenceComparer.Instance);
    readonly Dictionary<(string Path, long Offset, ulong Type), int> byPlace = [];
    readonly Dictionary<ulong, List<(TensorData Data, int Number)>> bySketch = [];

    public int? Find(TensorData data)
    {
        if (byIdentity.TryGetValue(data, out var known)) return known;
        if (data is MappedTensor mapped && byPlace.TryGetValue(Place(mapped), out known)) return byIdentity[data] = known;
        foreach (var (other, number) in bySketch.GetValueOrDefault(Sketch(data)) ?? [])
            if (SameContent(data, other)) return byIdentity[data] = number;
        return null;
    }

    public int Add(TensorData data, int number)
    {
        byIdentity[data] = number;
        if (data is MappedTensor mapped) byPlace[Place(mapped)] = number;
        ref var alike = ref CollectionsMarshal.GetValueRefOrAddDefault(bySketch, Sketch(data), out _);
        alike ??= [];
        if (alike.Count < MostAlike) alike.Add((data, number));
        return number;
    }

    static bool SameContent(TensorData a, TensorData b) => a.Element == b.Element && a.ContentEquals(b);

    static (string, long, ulong) Place(MappedTensor data) => (data.Path, data.Offset, TypeHash(data).GetCurrentHashAsUInt64());

    static XxHash3 TypeHash(TensorData data)
    {
        var hash = new XxHash3();
        hash.Append(MemoryMarshal.AsBytes([(long)data.Element, data is SparseTensor ? 1 : 0, .. data.Dims]));
        return hash;
    }

    static ulong Sketch(TensorData data)
    {
        var hash = TypeHash(data);
        // Strings and sparse tensors have no packed elements to take a sample of.
        if (data is not SparseTensor && data.ByteLength > 0)
        {
            var length = (int)Math.Min(SampleLength, data.ByteLength);
            hash.Append(data.Slice(0, length));
            hash.Append(data.Slice((data.ByteLength - length) / 2, length));
            hash.Append(data.Slice(data.ByteLength - length, length));
        }
        return hash.GetCurrentHashAsUInt64();
    }

    sealed class ReferenceComparer : IEqualityComparer<TensorData>
    {
        public static readonly ReferenceComparer Instance = new();

        public bool Equals(TensorData? x, TensorData? y) => ReferenceEquals(x, y);

        public int GetHashCode(TensorData obj) => RuntimeHelpers.GetHashCode(obj);
    }
}
