using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>Weights of a node as signed 8-bit integers, symmetric, with a scale for each output channel.</summary>
sealed record QuantizedWeights(TensorData Codes, float[] Scales, int Axis)
{
    public const int Most = 127;

    // Codes of a bias must fit in 32 bits, and leave room for the sum that is added to them.
    const double MostBias = 1 << 30;

    /// <summary>Why the weights of <paramref name="node"/> cannot be quantized this way; null when they can.</summary>
    public static string? Obstacle(Node node)
    {
        if (node.Input(1)?.Constant is not { } weights) return "its weights are not constant";
        if (weights.Element != ElementType.Float) return "its weights are not float32";
        if (node.Op.Is("Conv") ? weights.Dims.Length < 3 : weights.Dims.Length != 2) return "its weights have another rank";
        if (weights.ElementCount == 0) return "its weights are empty";
        if (node.Input(0) is not { Constant: null } x || x.ElementType is not (null or ElementType.Float)) return "its input is not a float32 activation";
        if (node.Op.Is("Gemm") && (node.Attributes.Int("transA", 0) != 0 || node.Attributes.Float("alpha", 1) != 1 || node.Attributes.Float("beta", 1) != 1))
            return "it scales or transposes its input";
        if (node.Input(2) is { } bias && (bias.Constant is not { Element: ElementType.Float } data || data.ElementCount != Channels(node, weights)))
            return "its bias is not a constant with one value for each channel";
        return Array.TrueForAll(weights.ToArray<float>(), float.IsFinite) ? null : "its weights are not finite";
    }

    /// <param name="saturationSafe">Keeps sums of two products of 8-bit codes within 16 bits, for processors that add them there.</param>
    public static QuantizedWeights Of(Node node, float inputScale, bool saturationSafe)
    {
        var weights = node.Input(1)!.Constant!;
        var axis = AxisOf(node);
        var channels = (int)weights.Dims[axis];
        var values = weights.ToArray<float>();
        var bias = node.Input(2)?.Constant?.ToArray<float>();
        var inner = axis == 0 ? values.Length / channels : 1;
        var stride = axis == 0 ? 1 : channels;
        var scales = new float[channels];
        var codes = new sbyte[values.Length];
        var order = saturationSafe ? PairOrder(node, weights) : [];
        for (var c = 0; c < channels; c++)
        {
            var largest = 0f;
            for (var (i, n) = (axis == 0 ? c * inner : c, values.Length / channels); n > 0; i += stride, n--) largest = Math.Max(largest, Math.Abs(values[i]));
            var scale = largest == 0 ? 1 : largest / Most;
            if (bias is not null) scale = Math.Max(scale, (float)(Math.Abs(bias[c]) / inputScale / MostBias));
            scale = Math.Max(scale, 1e-30f);
            scales[c] = scale;
            Round(c);
            if (!saturationSafe) continue;
            for (var excess = WorstPair(c); excess > SaturationLimit; excess = WorstPair(c))
            {
                scales[c] *= (float)excess / SaturationLimit;
                Round(c);
            }
        }
        return new(TensorData.Of<sbyte>(ElementType.Int8, weights.Dims.AsSpan(), codes), scales, axis);

        void Round(int c)
        {
            for (var (i, n) = (axis == 0 ? c * inner : c, values.Length / channels); n > 0; i += stride, n--)
                codes[i] = (sbyte)Math.Clamp(MathF.Round(values[i] / scales[c]), -Most, Most);
        }

        // The largest magnitude of two neighbouring codes of one sign, added up.
        int WorstPair(int c)
        {
            var worst = 0;
            var start = axis == 0 ? c * inner : c;
            for (var k = 0; k + 1 < order.Length; k += 2)
            {
                var (a, b) = ((int)codes[start + order[k] * stride], (int)codes[start + order[k + 1] * stride]);
                worst = Math.Max(worst, Math.Max(Math.Max(a, 0) + Math.Max(b, 0), Math.Max(-a, 0) + Math.Max(-b, 0)));
            }
            return worst;
        }
    }

    /// <summary>
    /// What rounding adds to each output channel on average, <c>Σ (Ŵ − W) · E[x]</c>, for means of input channels (Nagel et al., Data-Free Quantization
    /// Through Weight Equalization and Bias Correction, 2019, section 4.2); null when these are of another number. Padding counts like the rest.
    /// </summary>
    public double[]? Shift(TensorData weights, double[] means)
    {
        var (values, codes, outputs) = (weights.ToArray<float>(), Codes.ToArray<sbyte>(), Scales.Length);
        // The inputs that an output meets: all of them, or those of its group.
        var inputs = (int)(weights.Dims.Length > 2 ? weights.Dims[1] : weights.Dims[1 - Axis]);
        if (inputs == 0 || means.Length % inputs != 0 || (weights.Dims.Length == 2 && means.Length != inputs)) return null;
        var groups = means.Length / inputs;
        if (outputs % groups != 0) return null;
        var window = values.Length / outputs / inputs;
        var shift = new double[outputs];
        for (var i = 0; i < values.Length; i++)
        {
            var output = Axis == 0 ? i / (inputs * window) : i % outputs;
            var input = Axis == 0 ? i / window % inputs : i / outputs;
            shift[output] += ((double)codes[i] * Scales[output] - values[i]) * means[output / (outputs / groups) * inputs + input];
        }
        return shift;
    }

    // 255 · 128 is the last multiple of 255 below 2^15.
    const int SaturationLimit = 128;

    // Kernels take convolutions with channels last, and add products of neighbours along what they sum over.
    static int[] PairOrder(Node node, TensorData weights)
    {
        if (!node.Op.Is("Conv")) return [.. Enumerable.Range(0, (int)(weights.ElementCount / weights.Dims[AxisOf(node)]))];
        var (channels, window) = ((int)weights.Dims[1], (int)(weights.ElementCount / weights.Dims[0] / weights.Dims[1]));
        return [.. Enumerable.Range(0, channels * window).Select(k => k % channels * window + k / channels)];
    }

    static int AxisOf(Node node) => node.Op.Is("Conv") || node.Attributes.Int("transB", 0) != 0 ? 0 : 1;

    static long Channels(Node node, TensorData weights) => weights.Dims[AxisOf(node)];
}
