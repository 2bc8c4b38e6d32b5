using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>Moves scales of channels from where they are large to where they are small, so that both sides lose less when they are quantized.</summary>
[Pass("equalize", "Moves scales of channels between layers, or from activations to weights, before quantization.", Numerics = Numerics.Rounding)]
public sealed class Equalize(Equalize.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Between what ranges are equalized.")] public EqualizeMethod Method { get; init; }
        [Option("Share of the range of activations that weights take over, for `smooth-quant`; 0 to 1.")] public double Alpha { get; init; } = 0.5;
        [Option("Tries shares on both sides of `alpha` for each activation, and none, by the error to expect of 8 bits.")] public bool Search { get; init; } = true;
    }

    public override void Run(Model model, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(cx);
        if (options.Method == EqualizeMethod.CrossLayer)
        {
            foreach (var body in model.Bodies().ToList()) CrossLayerEqualization.Run(body, cx);
            return;
        }
        if (options.Alpha is < 0 or > 1) throw new DiagnosticException(Diagnostic.Create(Descriptors.EqualizeAlphaOutOfRange, null, options.Alpha));
        new SmoothQuantization(options, cx).Run(model);
    }
}
