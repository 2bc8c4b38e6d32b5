using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>Lets ONNX Runtime optimise models at its extended level and reads what it makes of them. Holds nothing between calls.</summary>
public sealed class OrtOptimizer : IRuntimeOptimizer
{
    const int MostNodes = 20_000;
    const long MostWeightBytes = 1L << 28;

    public RuntimeOptimization Optimize(Model model)
    {
        if (model.AllNodes().Skip(MostNodes).Any()) return RuntimeOptimization.Failed(FormattableString.Invariant($"the model has more than {MostNodes} nodes"));
        if (model.Bodies().SelectMany(b => b.Initializers).Sum(i => i.Initializer!.ByteLength) > MostWeightBytes)
            return RuntimeOptimization.Failed(FormattableString.Invariant($"the weights have more than {MostWeightBytes} bytes"));
        if ((RuntimeHazards.Find(model) ?? RunCost.Exceeds(model)) is { } hazard) return RuntimeOptimization.Failed(hazard);
        var optimized = Optimize(settings => OrtModel.Load(ModelWriter.ToBytes(model), settings));
        if (!optimized.IsOk) return RuntimeOptimization.Failed(optimized.Diagnostics[0].Message);
        return new(optimized.Value, [.. optimized.Value.AllNodes().Where(n => FusedOperators.IsPortable(n.Op))], null);
    }

    /// <summary>The model in a file as ONNX Runtime would run it.</summary>
    internal static Result<Model> Optimize(string path)
    {
        var optimized = Optimize(settings => OrtModel.Load(path, settings));
        // ONNX Runtime leaves external data where it is, and what it writes elsewhere does not find it.
        return !optimized.IsOk && ModelReader.Read(path) is { Value: { } model } ? Optimize(settings => OrtModel.Load(ModelWriter.ToBytes(model), settings)) : optimized;
    }

    static Result<Model> Optimize(Func<SessionSettings, Result<OrtModel>> load)
    {
        var bytes = Bytes(load, new SessionSettings { Optimization = OptimizationLevel.Extended }.With("session.disable_quant_qdq", "1"));
        return bytes.IsOk ? ModelReader.Read(bytes.Value) : Result<Model>.Fail(bytes.Diagnostics);
    }

    /// <summary>What ONNX Runtime makes of a model at the level of <paramref name="settings"/>, with weights that are not packed.</summary>
    internal static Result<byte[]> Bytes(Func<SessionSettings, Result<OrtModel>> load, SessionSettings settings)
    {
        var folder = Directory.CreateTempSubdirectory("onnxc-optimized-");
        try
        {
            var path = Path.Combine(folder.FullName, "model.onnx");
            var loaded = load((settings with { OptimizedModelPath = path }).With("session.disable_prepacking", "1"));
            if (!loaded.IsOk) return Result<byte[]>.Fail(loaded.Diagnostics);
            loaded.Value.Dispose();
            // Not mapped: the file is about to go.
            return Result<byte[]>.Ok(File.ReadAllBytes(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
