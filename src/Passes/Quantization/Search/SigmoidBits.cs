namespace Onnxc.Passes.Quantization;

/// <summary>Bits that follow a sigmoid of how much something matters: <c>b = b_min + (b_max − b_min) · σ(α·Q)</c> (AMAQ, adaptive mixed-bit activation quantization, 2025).</summary>
static class SigmoidBits
{
    public static double Of(double importance, int least, int most, double alpha = 1) => least + (most - least) / (1 + Math.Exp(-alpha * importance));

    /// <summary>Scores as importance: their logarithms, shifted and scaled to mean 0 and deviation 1.</summary>
    public static IReadOnlyDictionary<int, double> Importance(IReadOnlyDictionary<int, double> scores)
    {
        var logarithms = scores.ToDictionary(s => s.Key, s => Math.Log(Math.Max(s.Value, 1)));
        var mean = logarithms.Values.DefaultIfEmpty().Average();
        var deviation = Math.Sqrt(logarithms.Values.Select(l => (l - mean) * (l - mean)).DefaultIfEmpty().Average());
        return logarithms.ToDictionary(l => l.Key, l => deviation > 0 ? (l.Value - mean) / deviation : 0);
    }
}
