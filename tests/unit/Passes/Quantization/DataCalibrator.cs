using System.Numerics.Tensors;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Tests.Passes.Quantization;

/// <summary>What values are on a few samples, by the plainest means: a copy of the model with the values as outputs.</summary>
sealed class DataCalibrator(string data, int samples) : ICalibrator
{
    public Result<IReadOnlyDictionary<Value, ValueStatistics>> Observe(Model model, IReadOnlyList<Observation> values)
    {
        var seen = values.ToDictionary(v => v.Value, v => new ValueStatistics { ChannelAxis = v.ChannelAxis });
        ForEach(model, [.. seen.Keys], (value, tensor) => seen[value].Add(Array.ConvertAll(TensorNumbers.Read(tensor), v => (float)v), tensor.Dims.AsSpan()));
        return Result<IReadOnlyDictionary<Value, ValueStatistics>>.Ok(seen);
    }

    public Result<IReadOnlyDictionary<Value, double[]>> SecondMoments(Model model, IReadOnlyList<Value> values)
    {
        var (sums, rows) = (new Dictionary<Value, double[]>(), new Dictionary<Value, long>());
        ForEach(model, values, (value, tensor) =>
        {
            var extent = (int)tensor.Dims[^1];
            if (!sums.TryGetValue(value, out var sum)) sums[value] = sum = new double[extent * extent];
            var numbers = TensorNumbers.Read(tensor);
            rows[value] = rows.GetValueOrDefault(value) + numbers.Length / extent;
            Parallel.For(0, extent, i =>
            {
                for (var start = 0; start < numbers.Length; start += extent)
                    TensorPrimitives.MultiplyAdd(numbers.AsSpan(start, extent), numbers[start + i], sum.AsSpan(i * extent, extent), sum.AsSpan(i * extent, extent));
            });
        });
        foreach (var (value, sum) in sums)
            for (var i = 0; i < sum.Length; i++) sum[i] /= rows[value];
        return Result<IReadOnlyDictionary<Value, double[]>>.Ok(sums);
    }

    void ForEach(Model model, IReadOnlyList<Value> values, Action<Value, TensorData> action)
    {
        var copy = ModelReader.Read(ModelWriter.ToBytes(model)).OrThrow();
        var wanted = values.ToDictionary(v => v.Name, v => v, StringComparer.Ordinal);
        foreach (var value in copy.Main.Nodes.SelectMany(n => n.Outputs).Where(v => wanted.ContainsKey(v.Name)).ToList())
            if (!copy.Main.OutputNames.Contains(value.Name)) copy.Main.AddOutput(value, value.Name);
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(copy)).OrThrow();
        var set = DataSet.Read(data, loaded.Inputs, loaded.Outputs).OrThrow();
        foreach (var batch in set.Batches(loaded.Inputs, 16, samples))
            foreach (var (name, result) in loaded.Run(batch.Inputs).OrThrow())
                if (wanted.TryGetValue(name, out var value)) action(value, ((TensorValue)result).Data);
    }
}
