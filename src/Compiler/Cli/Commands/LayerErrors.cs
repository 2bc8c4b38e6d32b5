using Onnxc.Calibration;
using Onnxc.Cli.Json;
using Onnxc.Compilation;
using Onnxc.Passes;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>How far the values of a compiled model are from those of the original, layer by layer, for a report.</summary>
static class LayerErrors
{
    const int Samples = 8;
    const int Distributions = 6;
    const int Bins = 64;

    /// <summary>In the order of the model; empty where nothing was approximated, or the models do not run.</summary>
    public static IReadOnlyList<CompileReport.LayerJson> Of(CompileOptions options, CompileResult result)
    {
        if (!result.Succeeded || options.DryRun || !result.Passes.Any(p => p.ModelChanged && p.Numerics == Numerics.Approximate)) return [];
        var (from, to) = (ModelSource.File(options.Input), ModelSource.File(options.Output));
        var comparer = new ModelComparer(new ComparisonOptions { Mode = ToleranceMode.Approximate, Seed = options.Seed, Shapes = options.Shapes, Timeout = options.CheckBudget, Histograms = true });
        var compared = comparer.Layers(from, to, SamplesOf(options, from));
        if (!compared.IsOk) return [];
        var layers = compared.Value.Layers.Where(l => l.Metrics.Problem is null).ToList();
        var worst = layers.Where(l => l.Metrics.RelativeL2 > 0).OrderByDescending(l => l.Metrics.RelativeL2).Take(Distributions).ToHashSet();
        return [.. layers.Select(l => new CompileReport.LayerJson(l.Name, l.Metrics.RelativeL2, l.Metrics.SqnrDb, l.Metrics.MaxError) { Distribution = worst.Contains(l) ? Distribution(l.Distributions!.Value) : null })];
    }

    static CompileReport.DistributionJson? Distribution((ValueStatistics Reference, ValueStatistics Candidate) seen)
    {
        if (seen.Reference.Finite == 0 || seen.Candidate.Finite == 0) return null;
        double least = Math.Min(seen.Reference.Least, seen.Candidate.Least), most = Math.Max(seen.Reference.Most, seen.Candidate.Most);
        if (!(most > least)) return null;
        var width = (most - least) / Bins;
        return new(least, width, Counts(seen.Reference), Counts(seen.Candidate));

        long[] Counts(ValueStatistics one)
        {
            var counts = new long[Bins];
            // Zeros are counted apart.
            counts[Math.Clamp((int)(-least / width), 0, Bins - 1)] += one.Zeros;
            for (var i = 0; i < one.Histogram.Counts.Count; i++)
                counts[Math.Clamp((int)(((one.Histogram.First + i + 0.5) * one.Histogram.Width - least) / width), 0, Bins - 1)] += one.Histogram.Counts[i];
            return counts;
        }
    }

    // Null takes generated inputs.
    static IEnumerable<Sample>? SamplesOf(CompileOptions options, ModelSource source)
    {
        if (options.Data is not { } path || source.Load() is not { IsOk: true, Value: var loaded }) return null;
        using var model = loaded;
        return RuntimeOptions.ReadData(path, model) is { IsOk: true, Value: var data } ? [.. data.Batches(model.Inputs, 1, Samples)] : null;
    }
}
