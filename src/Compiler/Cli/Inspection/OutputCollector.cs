using Onnxc.IR;

namespace Onnxc.Cli.Inspection;

/// <summary>Joins the results of several runs into one array per output.</summary>
sealed class OutputCollector
{
    readonly OrderedDictionary<string, List<TensorData>> parts = new(StringComparer.Ordinal);

    public void Add(string name, TensorData data)
    {
        if (!parts.TryGetValue(name, out var list)) parts.Add(name, list = []);
        list.Add(data);
    }

    /// <summary>
    /// One run's result as it is; several along the first axis where that makes <paramref name="samples"/> rows, and along a new first axis
    /// otherwise. Throws <see cref="NotSupportedException"/> when extents differ from run to run.
    /// </summary>
    public IEnumerable<KeyValuePair<string, TensorData>> Join(int samples) => parts.Select(p => KeyValuePair.Create(p.Key, Join(p.Value, samples)));

    static TensorData Join(List<TensorData> parts, int samples)
    {
        var first = parts[0];
        if (parts.Count == 1) return first;
        if (first.Element.BitWidth() % 8 != 0 || first is StringTensor or SparseTensor)
            throw new NotSupportedException($"results of type {first.Type} cannot be joined");
        var rows = first.Dims.Length > 0 && parts.Sum(p => p.Dims.Length > 0 ? p.Dims[0] : 0) == samples
            && parts.TrueForAll(p => p.Dims.AsSpan()[1..].SequenceEqual(first.Dims.AsSpan()[1..]));
        if (!rows && !parts.TrueForAll(p => p.Dims.AsSpan().SequenceEqual(first.Dims.AsSpan())))
            throw new NotSupportedException("extents differ from run to run");
        var bytes = new byte[parts.Sum(p => p.ByteLength)];
        var offset = 0;
        foreach (var part in parts)
        {
            part.Bytes.CopyTo(bytes.AsSpan(offset));
            offset += (int)part.ByteLength;
        }
        return new DenseTensor(first.Element, rows ? [samples, .. first.Dims.AsSpan()[1..]] : [parts.Count, .. first.Dims], bytes);
    }
}
