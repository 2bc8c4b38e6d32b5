using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>The numbers that an integer type of a quantized activation can hold.</summary>
readonly record struct ActivationGrid(ElementType Element, long Least, long Most)
{
    public static ActivationGrid? Of(ActivationType type) => type switch
    {
        ActivationType.Int8 => new(ElementType.Int8, sbyte.MinValue, sbyte.MaxValue),
        ActivationType.Uint8 => new(ElementType.UInt8, 0, byte.MaxValue),
        ActivationType.Int16 => new(ElementType.Int16, short.MinValue, short.MaxValue),
        ActivationType.Uint16 => new(ElementType.UInt16, 0, ushort.MaxValue),
        _ => null,
    };

    public int Levels => (int)(Most - Least);

    /// <summary>Scale and zero point for a range around zero. Zero itself is kept exactly.</summary>
    public (float Scale, long ZeroPoint) Fit(double least, double most)
    {
        // Below this a float scale would not be normal, and its reciprocal could overflow.
        const double Smallest = 1e-30;
        var scale = (float)Math.Max((most - least) / Levels, Smallest);
        return most - least <= 0 ? (1, Least) : (scale, Math.Clamp((long)Math.Round(Least - least / scale), Least, Most));
    }

    public TensorData Scalar(long value) => Element switch
    {
        ElementType.Int8 => TensorData.Of<sbyte>(Element, [], [(sbyte)value]),
        ElementType.UInt8 => TensorData.Of<byte>(Element, [], [(byte)value]),
        ElementType.Int16 => TensorData.Of<short>(Element, [], [(short)value]),
        _ => TensorData.Of<ushort>(Element, [], [(ushort)value]),
    };
}
