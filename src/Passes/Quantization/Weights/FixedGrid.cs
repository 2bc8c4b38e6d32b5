namespace Onnxc.Passes.Quantization.Weights;

/// <summary>A grid with one scale for all blocks.</summary>
sealed class FixedGrid(WeightGrid inner, BlockScale scale) : WeightGrid
{
    public override int Bits => inner.Bits;

    public override bool HasZero => inner.HasZero;

    public override BlockScale Fit(ReadOnlySpan<float> weights, int column) => scale;

    public override void Round(ReadOnlySpan<float> weights, BlockScale scale, Span<byte> codes) => inner.Round(weights, scale, codes);

    public override float Value(byte code, BlockScale scale) => inner.Value(code, scale);
}
