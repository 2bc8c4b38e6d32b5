using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Data to run a model on: an .npz keyed by input name, samples along the first axis, with optional <c>labels</c>; or a folder of ONNX
/// <c>test_data_set_*</c>. Arrays stay whole; batches are slices of them.
/// </summary>
public sealed class DataSet
{
    const string LabelsName = "labels";

    readonly OrderedDictionary<string, TensorData> arrays;
    readonly ImmutableArray<Sample> fixedSamples;

    DataSet(OrderedDictionary<string, TensorData> arrays, TensorData? labels, ImmutableArray<Sample> fixedSamples, int count) =>
        (this.arrays, Labels, this.fixedSamples, Count) = (arrays, labels, fixedSamples, count);

    /// <summary>Samples of an .npz, or sets of a folder.</summary>
    public int Count { get; }

    /// <summary>True labels, one row for each sample; null when there are none.</summary>
    public TensorData? Labels { get; }

    /// <summary>
    /// Reads <paramref name="path"/> for a model with <paramref name="inputs"/> and <paramref name="outputs"/>, whose types say how files of
    /// a test data folder are to be read. Fails when an input has no data.
    /// </summary>
    public static Result<DataSet> Read(string path, IReadOnlyList<ModelPort> inputs, IReadOnlyList<ModelPort> outputs)
    {
        if (!Directory.Exists(path)) return ReadArrays(path, inputs);
        var samples = TestDataFolder.Read(path, inputs, outputs);
        return samples.IsOk ? Result<DataSet>.Ok(new DataSet([], null, [.. samples.Value], samples.Value.Count)) : Result<DataSet>.Fail(samples.Diagnostics);
    }

    /// <summary>Reads <paramref name="path"/> for a model that is not loaded.</summary>
    public static Result<DataSet> ReadFor(Model model, string path)
    {
        var graph = model.Main;
        return Read(path, [.. graph.RequiredInputs.Select(i => new ModelPort(i.Name, i.Type!))],
            [.. graph.Outputs.Select((o, i) => new ModelPort(graph.OutputNames[i], o.Type!))]);
    }

    static Result<DataSet> ReadArrays(string path, IReadOnlyList<ModelPort> inputs)
    {
        var read = NpzFile.Read(path);
        if (!read.IsOk) return Result<DataSet>.Fail(read.Diagnostics);
        var arrays = new OrderedDictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            if (!read.Value.TryGetValue(input.Name, out var array))
            {
                var error = Diagnostic.Create(Descriptors.MissingInput, null, input.Name, input.Type);
                var help = Suggestions.Help(input.Name, read.Value.Keys) ?? $"`{path}` holds {string.Join(", ", read.Value.Keys.Select(k => $"`{k}`"))}";
                return Result<DataSet>.Fail(error.WithHelp(help));
            }
            if (Misfit(input, array) is { } reason) return Result<DataSet>.Fail(Diagnostic.Create(Descriptors.DataMismatch, null, input.Name, reason));
            arrays[input.Name] = array;
        }
        var labels = arrays.ContainsKey(LabelsName) ? null : read.Value.GetValueOrDefault(LabelsName);
        var counts = arrays.Values.Append(labels).OfType<TensorData>().Select(a => a.Dims[0]).Distinct().ToList();
        if (counts.Count != 1 || counts[0] is 0 or > int.MaxValue)
            return Result<DataSet>.Fail(Diagnostic.Create(Descriptors.DataNotFound, null, path,
                counts.Count == 0 ? "the model has no inputs" : counts.Count == 1 ? "the arrays hold no samples" : "its arrays hold different numbers of samples"));
        return Result<DataSet>.Ok(new DataSet(arrays, labels, [], (int)counts[0]));
    }

    static string? Misfit(ModelPort input, TensorData array)
    {
        if (input.Type is not TensorType type) return $"it is of type {input.Type}, which an .npz cannot hold";
        if (type.Element != array.Element) return $"the model takes {type.Element.Name()}, the array holds {array.Element.Name()}";
        if (array.Dims.Length == 0) return "the array has no axis for samples";
        if (type.Shape is not { } shape) return null;
        var declared = shape.Dims;
        // With one axis more than the model declares, every sample is a whole input.
        var rest = array.Dims.Length == shape.Rank + 1 ? array.Dims.AsSpan()[1..] : array.Dims.AsSpan();
        var fits = rest.Length == declared.Length;
        for (var i = rest.Length == array.Dims.Length ? 1 : 0; fits && i < rest.Length; i++) fits = !declared[i].IsFixed || declared[i].Extent == rest[i];
        return fits ? null : $"the model takes {type}, the array is {array.Type}";
    }

    /// <summary>
    /// Runs of at most <paramref name="batch"/> samples each, first to last. A first axis that the model fixes decides its own batch;
    /// samples that are left over then are not yielded. Folders yield their sets as they are.
    /// </summary>
    public IEnumerable<Sample> Batches(IReadOnlyList<ModelPort> inputs, int batch = 1, int limit = int.MaxValue)
    {
        if (arrays.Count == 0)
        {
            foreach (var sample in fixedSamples.Take(limit)) yield return sample;
            yield break;
        }
        var (size, exact) = BatchSize(inputs, batch);
        for (var start = 0; start < Math.Min(Count, limit); start += size)
        {
            var length = Math.Min(size, Math.Min(Count, limit) - start);
            if (exact && length < size) yield break;
            var values = new OrderedDictionary<string, RuntimeValue>(StringComparer.Ordinal);
            foreach (var input in inputs) values[input.Name] = new TensorValue(Slice(arrays[input.Name], start, length, HasExtraAxis(input)));
            yield return new Sample(values, Sample.NothingExpected);
        }
    }

    /// <summary>Samples of a run that is asked for single ones: more than one where the model fixes its batch.</summary>
    public int RowsOf(IReadOnlyList<ModelPort> inputs) => arrays.Count == 0 ? 1 : BatchSize(inputs, 1).Size;

    (int Size, bool Exact) BatchSize(IReadOnlyList<ModelPort> inputs, int batch)
    {
        if (inputs.Any(HasExtraAxis)) return (1, false);
        var declared = inputs.Select(i => (i.Type as TensorType)?.Shape).Where(s => s is { Rank: > 0 } && s[0].IsFixed).Select(s => s![0].Extent).ToList();
        return declared.Count > 0 ? ((int)Math.Clamp(declared[0], 1, Count), true) : (Math.Clamp(batch, 1, Count), false);
    }

    bool HasExtraAxis(ModelPort input) => input.Type is TensorType { Shape: { } shape } && arrays[input.Name].Dims.Length == shape.Rank + 1;

    /// <summary>Rows <paramref name="start"/> to <c>start + length</c> of a tensor's first axis.</summary>
    public static TensorData Slice(TensorData data, int start, int length) => Slice(data, start, length, dropAxis: false);

    static TensorData Slice(TensorData data, int start, int length, bool dropAxis)
    {
        var dims = dropAxis ? data.Dims.RemoveAt(0) : data.Dims.SetItem(0, length);
        var row = data.Dims[0] == 0 ? 0 : data.ElementCount / data.Dims[0];
        if (data is StringTensor text) return new StringTensor(dims, text.Values.Slice((int)(start * row), (int)(length * row)));
        var width = data.Element.BitWidth() / 8;
        return new DenseTensor(data.Element, dims, data.Slice(start * row * width, checked((int)(length * row * width))).ToArray());
    }
}
