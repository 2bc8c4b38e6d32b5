using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>How much a weight has outliers: the largest ratio of the greatest to the mean magnitude of a column of W [out, in] (QuantMoE-Bench, linear scorer).</summary>
static class OutlierScore
{
    /// <summary>Of the largest constant of a node; 0 where it has none that can be read.</summary>
    public static double Of(Node node)
    {
        var weight = node.Inputs.Select(i => i?.Constant).Where(c => c is { Dims.Length: 2 } && FloatingType.CanRead(c.Element)).MaxBy(c => c!.ElementCount);
        if (weight is null) return 0;
        var values = new float[weight.ElementCount];
        FloatingType.Read(weight.Element, weight.Bytes, values);
        // Stored as [in, out], unless Gemm transposes it: a column of W is what meets one input.
        var isTransposed = node.Attributes["transB"] is IntAttribute { Value: 1 };
        var (inputs, outputs) = isTransposed ? (weight.Dims[1], weight.Dims[0]) : (weight.Dims[0], weight.Dims[1]);
        var worst = 0.0;
        for (var i = 0L; i < inputs; i++)
        {
            var (most, sum) = (0.0, 0.0);
            for (var o = 0L; o < outputs; o++)
            {
                var magnitude = Math.Abs((double)values[isTransposed ? o * inputs + i : i * outputs + o]);
                most = Math.Max(most, magnitude);
                sum += magnitude;
            }
            if (sum > 0) worst = Math.Max(worst, most * outputs / sum);
        }
        return worst;
    }
}
