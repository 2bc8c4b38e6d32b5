using Onnxc.IR;

namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// Scales that are a power of two times a common one, so that a cast to a wider float is a shift (Wu et al., ZeroQuant-FP, 2023): the next power above
/// or below, whichever has the smaller error on the block.
/// </summary>
sealed class PowerOfTwoGrid(WeightGrid inner, float reference, ElementType storage = ElementType.Float) : WeightGrid
{
    public override int Bits => inner.Bits;

    public override bool HasZero => inner.HasZero;

    public override BlockScale Fit(ReadOnlySpan<float> weights, int column)
    {
        var fitted = inner.Fit(weights, column);
        if (fitted.Scale == 0) return fitted;
        var above = fitted with { Scale = FloatingType.Round(storage, Above(fitted.Scale, reference)) };
        var below = fitted with { Scale = FloatingType.Round(storage, Below(fitted.Scale, reference)) };
        return inner.SquaredError(weights, below) < inner.SquaredError(weights, above) ? below : above;
    }

    public override void Round(ReadOnlySpan<float> weights, BlockScale scale, Span<byte> codes) => inner.Round(weights, scale, codes);

    public override float Value(byte code, BlockScale scale) => inner.Value(code, scale);

    /// <summary>The least <c>reference·2ⁿ</c> that is not below a scale, with its sign.</summary>
    public static float Above(float scale, float reference)
    {
        var power = Below(scale, reference);
        return power == scale ? power : power * 2;
    }

    /// <summary>The greatest <c>reference·2ⁿ</c> that is not above a scale, with its sign.</summary>
    public static float Below(float scale, float reference)
    {
        var exponent = Math.ILogB(Math.Abs((double)scale) / reference);
        var power = (float)Math.ScaleB(reference, exponent);
        // The quotient may have been rounded up to a power of two.
        if (power > Math.Abs(scale)) power /= 2;
        return MathF.CopySign(power, scale);
    }
}
