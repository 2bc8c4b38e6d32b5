namespace Onnxc.Benchmarks;

/// <summary>What the differential check adds to a compile, as whole processes in turns: it should at most double the time.</summary>
static class CheckCost
{
    public static void Run(string folder, int runs)
    {
        var target = Path.Combine(Path.GetTempPath(), "onnxc-check-cost.onnx");
        var ratios = new List<double>();
        foreach (var model in Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var pairs = Enumerable.Range(0, runs).Select(_ => (
                Without: Tool.Run("compile", model, "-o", target, "--no-check", "-q").Seconds,
                With: Tool.Run("compile", model, "-o", target, "-q").Seconds)).ToList();
            ratios.Add(Measurement.Median(pairs.Select(p => p.With / p.Without)));
            Tool.Print($"{Path.GetRelativePath(folder, model)}: {Measurement.Median(pairs.Select(p => p.Without)):f2} s without, {Measurement.Median(pairs.Select(p => p.With)):f2} s with, ratio {ratios[^1]:f2}");
        }
        File.Delete(target);
        Tool.Print($"largest ratio {ratios.Max():f2}, median {Measurement.Median(ratios):f2}");
    }
}
