using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Weights of matrix products, convolutions and embeddings as small integers or floats. Without <c>activations</c> only weights are quantized.
/// </summary>
[Pass("quantize", "Quantizes weights, and activations where asked to.", Numerics = Numerics.Approximate)]
public sealed class Quantize(Quantize.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Type of the weights.")] public WeightType Weights { get; init; } = WeightType.Int8;
        [Option("Type of the activations; `dynamic` computes scales at run time, `dynamic-int8` in a form for GPUs; `e4m3` rounds each token to float8; `none` quantizes weights only.")] public ActivationType Activations { get; init; }
        [Option("How weights are rounded.")] public WeightMethod Method { get; init; } = WeightMethod.Rtn;
        [Option("Weights that share a scale, along the reduced axis; 0 takes one scale for each output channel.")] public int Block { get; init; } = 32;
        [Option("One scale for a whole weight, instead of blocks or channels.")] public bool PerTensor { get; init; }
        [Option("Weights have no zero point.")] public bool Symmetric { get; init; } = true;
        [Option("Scales of weights without zero points as powers of two: `m1`, or `m2` times the largest one.")] public PowerOfTwo PowerOfTwo { get; init; }
        [Option("How weight-only products are written.")] public WeightForm Form { get; init; }
        [Option("What ONNX Runtime computes `MatMulNBits` in: 1 float32, 2 float16, 3 bfloat16, 4 int8.")] public int AccuracyLevel { get; init; } = 1;
        [Option("How the range of an activation follows from data.")] public RangeMethod Range { get; init; }
        [Option("Biases take up what rounding weights adds to the mean of a channel; needs quantized activations.")] public bool CorrectBias { get; init; }
        [Option("Keeps sums of two 8-bit products within 16 bits, for processors that add them there.")] public bool SaturationSafe { get; init; }
        [Option("Rank of the low-rank compensation of the error (LoRC); 0 for none.")] public int LowRank { get; init; }
        [Option("Matrices with a smaller extent stay as they are: they are too small to gain time.")] public int Least { get; init; } = 16;
    }

    public override void Run(Model model, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(cx);
        if (WeightOptions.Problem(options) is { } problem) throw new DiagnosticException(Diagnostic.Create(Descriptors.QuantizeOptionsUnfit, null, problem));
        if (cx.Meter is { } meter && cx.Gates is { } gates) new PrecisionSearch(model, cx, meter, gates, Change).Run();
        Change(model, cx);
    }

    /// <summary>Quantizes weights alone.</summary>
    internal static void WeightsOf(Model model, PassContext cx, Options options) => new WeightOnlyQuantizer(options, cx).Run(model);

    void Change(Model model, PassContext cx)
    {
        if (options.Activations is ActivationType.None or ActivationType.E4m3) WeightsOf(model, cx, options);
        else if (options.Activations is ActivationType.Dynamic or ActivationType.DynamicInt8) new DynamicQuantizer(options, cx).Run(model);
        else if (new StaticQuantizer(model, cx, options).Run() is { } failure) throw new DiagnosticException(failure);
    }
}
