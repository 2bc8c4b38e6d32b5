using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Tests.Conformance;

/// <summary>
/// A model and data to run it on. The data is read for the interface that the loaded model has; an empty <c>Expected</c> leaves the
/// comparison to the original's own results.
/// </summary>
sealed record ConformanceCase(string Name, byte[] Model, Func<OrtModel, Result<IReadOnlyList<Sample>>> Samples)
{
    /// <summary>Every case of the conformance data, by path.</summary>
    public static IReadOnlyList<ConformanceCase> All() => [.. SharedData.ConformanceModels().Select(Read)];

    static ConformanceCase Read(string path)
    {
        var relative = Path.GetRelativePath(Path.Combine(SharedData.Root, "conformance"), path).Replace('\\', '/');
        return relative.StartsWith("light/", StringComparison.Ordinal)
            ? new(relative[..^".onnx".Length], File.ReadAllBytes(path), model => ReadLight(path, model))
            : new(relative[..^"/model.onnx".Length], File.ReadAllBytes(path),
                model => TestDataFolder.Read(Path.GetDirectoryName(path)!, model.Inputs, model.Outputs));
    }

    // Inputs of light models are not stored: ONNX's own runner feeds rising numbers below one.
    static Result<IReadOnlyList<Sample>> ReadLight(string path, OrtModel model)
    {
        var inputs = model.Inputs.ToDictionary(i => i.Name, i => (RuntimeValue)new TensorValue(Rising((TensorType)i.Type!)), StringComparer.Ordinal);
        var file = path[..^".onnx".Length] + "_output_0.pb";
        var expected = ValueFile.Read(File.ReadAllBytes(file), model.Outputs[0].Type, file);
        if (!expected.IsOk) return Result<IReadOnlyList<Sample>>.Fail(expected.Diagnostics);
        return Result<IReadOnlyList<Sample>>.Ok(
            [new Sample(inputs, new Dictionary<string, RuntimeValue>(StringComparer.Ordinal) { [model.Outputs[0].Name] = expected.Value })]);
    }

    static TensorData Rising(TensorType type)
    {
        long[] dims = [.. type.Shape!.Dims.Select(d => d.IsFixed ? d.Extent : 1)];
        var count = (int)dims.Aggregate(1L, (a, b) => a * b);
        return TensorData.Floats([.. Enumerable.Range(0, count).Select(i => (float)((double)i / count))], dims);
    }

    /// <summary>The model as IR, anew each time.</summary>
    public Result<Model> ReadModel() => ModelReader.Read(Model);
}
