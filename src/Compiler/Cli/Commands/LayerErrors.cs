using Onnxc.Cli.Json;
using Onnxc.Compilation;
using Onnxc.Passes;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>How far the values of a compiled model are from those of the original, layer by layer, for a report.</summary>
static class LayerErrors
{
    const int Samples = 8;

    /// <summary>In the order of the model; empty where nothing was approximated, or the models do not run.</summary>
    public static IReadOnlyList<CompileReport.LayerJson> Of(CompileOptions options, CompileResult result)
    {
        if (!result.Succeeded || options.DryRun || !result.Passes.Any(p => p.ModelChanged && p.Numerics == Numerics.Approximate)) return [];
        var (from, to) = (ModelSource.File(options.Input), ModelSource.File(options.Output));
        var comparer = new ModelComparer(new ComparisonOptions { Mode = ToleranceMode.Approximate, Seed = options.Seed, Shapes = options.Shapes, Timeout = options.CheckBudget });
        var compared = comparer.Layers(from, to, SamplesOf(options, from));
        if (!compared.IsOk) return [];
        return [.. compared.Value.Layers.Where(l => l.Metrics.Problem is null).Select(l => new CompileReport.LayerJson(l.Name, l.Metrics.RelativeL2, l.Metrics.SqnrDb, l.Metrics.MaxError))];
    }

    // Null takes generated inputs.
    static IEnumerable<Sample>? SamplesOf(CompileOptions options, ModelSource source)
    {
        if (options.Data is not { } path || source.Load() is not { IsOk: true, Value: var loaded }) return null;
        using var model = loaded;
        return RuntimeOptions.ReadData(path, model) is { IsOk: true, Value: var data } ? [.. data.Batches(model.Inputs, 1, Samples)] : null;
    }
}
