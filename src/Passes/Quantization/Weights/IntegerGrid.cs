using System.Runtime.Intrinsics;
using Onnxc.IR;

namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// Equally spaced numbers, <c>(code - zero)·scale</c>, by the convention of ONNX Runtime's own quantizer: halves round away from zero; symmetric
/// grids have the zero in the middle and reach their end on the side of the larger extreme, so that a scale may be negative.
/// </summary>
/// <param name="roundFirst">The zero point is added after rounding, as for <c>DequantizeLinear</c>, not before.</param>
/// <param name="storage">Type that scales are rounded to before anything is divided by them.</param>
class IntegerGrid(int bits, bool symmetric, bool roundFirst = false, ElementType storage = ElementType.Float) : WeightGrid
{
    readonly float middle = 1 << (bits - 1), last = (1 << bits) - 1;

    public override int Bits => bits;

    public override bool HasZero => !symmetric;

    protected ElementType Storage => storage;

    /// <summary>The highest code.</summary>
    protected float Last => last;

    public override BlockScale Fit(ReadOnlySpan<float> weights, int column)
    {
        var (least, most) = Extent(weights);
        if (symmetric)
        {
            var signed = MathF.Abs(most) > MathF.Abs(least) ? most : least;
            return new(FloatingType.Round(storage, -signed / middle), middle);
        }
        (least, most) = (Math.Min(least, 0), Math.Max(most, 0));
        var scale = (most - least) / last;
        var zero = scale == 0 ? 0 : 0 - least / scale;
        return new(FloatingType.Round(storage, scale), MathF.Round(Math.Clamp(zero, 0, last), MidpointRounding.AwayFromZero));
    }

    public override float Value(byte code, BlockScale scale) => (code - scale.Zero) * scale.Scale;

    public override void Round(ReadOnlySpan<float> weights, BlockScale scale, Span<byte> codes)
    {
        var inverse = 1 / scale.Scale;
        // Also where the scale is so small that its inverse overflows.
        if (!float.IsFinite(inverse)) inverse = 0;
        var (before, after) = roundFirst ? (0f, scale.Zero) : (scale.Zero, 0f);
        var (low, high) = (0 - after, last - after);
        var i = 0;
        var (inverses, shift, lows, highs) = (Vector256.Create(inverse), Vector256.Create(before), Vector256.Create(low), Vector256.Create(high));
        var zeros = Vector256.Create((int)after);
        for (; i <= weights.Length - 16; i += 16)
        {
            var first = RoundAway(Vector256.Min(Vector256.Max(Vector256.Create(weights[i..]) * inverses + shift, lows), highs)) + zeros;
            var second = RoundAway(Vector256.Min(Vector256.Max(Vector256.Create(weights[(i + 8)..]) * inverses + shift, lows), highs)) + zeros;
            var narrow = Vector256.Narrow(first, second).AsUInt16();
            Vector128.Narrow(narrow.GetLower(), narrow.GetUpper()).CopyTo(codes[i..]);
        }
        for (; i < weights.Length; i++)
            codes[i] = (byte)(MathF.Round(Math.Clamp(weights[i] * inverse + before, low, high), MidpointRounding.AwayFromZero) + after);
    }

    static Vector256<int> RoundAway(Vector256<float> values)
    {
        var whole = Vector256.ConvertToInt32(values);
        var rest = values - Vector256.ConvertToSingle(whole);
        // A comparison that holds is -1.
        return whole - Vector256.GreaterThanOrEqual(rest, Vector256.Create(0.5f)).AsInt32() + Vector256.LessThanOrEqual(rest, Vector256.Create(-0.5f)).AsInt32();
    }
}
