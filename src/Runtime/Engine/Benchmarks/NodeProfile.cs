using System.Text.Json;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>Times the nodes of a model one by one, with the profiler of ONNX Runtime.</summary>
public sealed class NodeProfile(BenchmarkOptions options)
{
    const string Kernel = "_kernel_time";

    /// <summary>Times of all nodes that run, in their order.</summary>
    public Result<IReadOnlyList<NodeTime>> Run(ModelSource source, CancellationToken cancellation = default)
    {
        var folder = Directory.CreateTempSubdirectory("onnxc-profile-");
        try
        {
            // The profile is written when the session ends.
            if (RunAll(source, Path.Combine(folder.FullName, "run"), cancellation) is { } failure) return Result<IReadOnlyList<NodeTime>>.Fail(failure);
            using var profile = JsonDocument.Parse(File.ReadAllBytes(folder.EnumerateFiles("*.json").Single().FullName));
            return Result<IReadOnlyList<NodeTime>>.Ok(Read(profile.RootElement, options.Warmup));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    Diagnostic? RunAll(ModelSource source, string prefix, CancellationToken cancellation)
    {
        var loaded = source.Load(options.Settings with { ProfilePrefix = prefix });
        if (!loaded.IsOk) return loaded.Diagnostics[0];
        using var model = loaded.Value;
        var inputs = options.Inputs is { } given ? Result<IReadOnlyDictionary<string, RuntimeValue>>.Ok(given) : new InputGenerator(options.Seed, options.Shapes).ForModel(model);
        if (!inputs.IsOk) return inputs.Diagnostics[0];
        var prepared = model.Prepare(inputs.Value);
        if (!prepared.IsOk) return prepared.Diagnostics[0];
        using var run = prepared.Value;
        for (var i = 0; i < options.Warmup + options.Runs; i++)
            if (run.Execute(cancellation: cancellation) is { } failure) return failure;
        return null;
    }

    static List<NodeTime> Read(JsonElement events, int warmup)
    {
        var times = new OrderedDictionary<string, (string Op, List<double> Runs)>(StringComparer.Ordinal);
        foreach (var one in events.EnumerateArray())
        {
            if (one.GetProperty("name").GetString() is not { } name || !name.EndsWith(Kernel, StringComparison.Ordinal)) continue;
            if (!one.TryGetProperty("args", out var arguments) || !arguments.TryGetProperty("op_name", out var op)) continue;
            // Unnamed nodes are told apart by their places.
            var key = arguments.TryGetProperty("node_index", out var index) ? $"{name}#{index.GetString()}" : name;
            if (!times.TryGetValue(key, out var entry)) times[key] = entry = (op.GetString() ?? "", []);
            entry.Runs.Add(one.GetProperty("dur").GetDouble() / 1000);
        }
        return [.. times.Select(t => new NodeTime(t.Key[..t.Key.LastIndexOf(Kernel, StringComparison.Ordinal)], t.Value.Op, Median(t.Value.Runs.Skip(warmup))))];
    }

    static double Median(IEnumerable<double> runs)
    {
        double[] sorted = [.. runs.Order()];
        return sorted.Length == 0 ? 0 : Timing.MedianOf(sorted);
    }
}
