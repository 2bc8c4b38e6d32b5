using System.Globalization;
using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Quantization;

/// <summary>What the options of <c>quantize</c> mean for weights.</summary>
static class WeightOptions
{
    public static bool IsInteger(this WeightType type) => type is WeightType.Int8 or WeightType.Uint8 or WeightType.Int4 or WeightType.Int2;

    public static int Bits(this WeightType type) => type switch
    {
        WeightType.Int2 => 2,
        WeightType.Int4 or WeightType.E2m1 or WeightType.Post => 4,
        _ => 8,
    };

    /// <summary>True when integers have a zero point of their own.</summary>
    public static bool HasZero(this Quantize.Options options) => options.Weights == WeightType.Uint8 || !options.Symmetric;

    /// <summary>Weights that share a scale, 0 for whole rows.</summary>
    public static int Extent(this Quantize.Options options) => options.PerTensor ? 0 : options.Block;

    /// <summary>Why options do not fit together; null when they do.</summary>
    public static string? Problem(Quantize.Options options)
    {
        if (options.Block != 0 && (options.Block is < 16 or > 256 || !int.IsPow2(options.Block))) return Text($"`block` is {options.Block}, but must be 0, or 16, 32, 64, 128 or 256");
        if (options.AccuracyLevel is < 0 or > 4) return Text($"`accuracy-level` is {options.AccuracyLevel}, but must be 0 to 4");
        if (options.LowRank < 0) return Text($"`low-rank` is {options.LowRank}, but must not be negative");
        if (options.Method == WeightMethod.Hqq && !(options.Weights.IsInteger() && options.Weights.Bits() < 8)) return "`method=hqq` finds zero points that are no integers, which ONNX Runtime takes for int2 and int4 alone";
        if (options.Method == WeightMethod.Hqq && options.PerTensor) return "`method=hqq` finds zero points of blocks, so `per-tensor` leaves it nothing to do";
        if (options.Method == WeightMethod.Hqq && options.Form == WeightForm.Portable) return "`method=hqq` finds zero points that are no integers, which `form=portable` cannot hold";
        if (options.PowerOfTwo != PowerOfTwo.None && options.Weights.IsInteger() && (options.HasZero() || options.Method == WeightMethod.Hqq)) return "`power-of-two` is for weights without zero points";
        if (options.Form == WeightForm.Portable && options.Weights is WeightType.E2m1 or WeightType.Post) return "`form=portable` holds integers, e4m3 and e5m2, which ONNX Runtime has kernels for";
        if (options.Activations == ActivationType.DynamicInt8 && (options.Weights != WeightType.Int8 || options.HasZero())) return "`activations=dynamic-int8` multiplies signed integers without zero points: `weights` must be int8, and `symmetric`";
        if (options.Activations == ActivationType.Dynamic && options.Weights is not (WeightType.Int8 or WeightType.Uint8)) return "`activations=dynamic` multiplies integers of 8 bits: `weights` must be int8 or uint8";
        if (options.Activations is ActivationType.Dynamic or ActivationType.DynamicInt8 && (options.Method != WeightMethod.Rtn || options.LowRank > 0)) return "`activations=dynamic` rounds to nearest; `method` and `low-rank` belong to quantized weights alone";
        if (options.CorrectBias && ActivationGrid.Of(options.Activations) is null) return "`correct-bias` needs means of activations, so `activations` must be int8, uint8, int16 or uint16";
        return null;

        static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The grid that weights are rounded to; scales are of type <paramref name="storage"/>.</summary>
    public static WeightGrid Grid(this Quantize.Options options, ElementType storage) => options.Weights switch
    {
        WeightType.E4m3 => new CodebookGrid(Codebook.E4m3, storage),
        WeightType.E5m2 => new CodebookGrid(Codebook.E5m2, storage),
        WeightType.E2m1 => new CodebookGrid(Codebook.E2m1, storage),
        WeightType.Post => new CodebookGrid(Codebook.Post, storage, searched: true),
        _ when options.Method == WeightMethod.Hqq => new HalfQuadraticGrid(options.Weights.Bits(), storage),
        _ => new IntegerGrid(options.Weights.Bits(), !options.HasZero(), options.Form == WeightForm.Portable, storage),
    };
}
