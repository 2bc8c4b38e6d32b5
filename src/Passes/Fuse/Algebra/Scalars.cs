using Onnxc.IR;

namespace Onnxc.Passes.Fuse.Algebra;

/// <summary>Constants of one element, and how closely they have to agree with the numbers of a formula.</summary>
static class Scalars
{
    /// <summary>Null when it is no floating-point constant of one element.</summary>
    public static double? Read(Value? value) =>
        value?.Constant is { ElementCount: 1 } data and not SparseTensor && FloatingTensor.CanWrite(data.Element) ? FloatingTensor.Read(data)[0] : null;

    /// <summary>The number that a tensor holds throughout, as a scalar; null where there are several, or elements share bytes.</summary>
    public static DenseTensor? Splat(TensorData data)
    {
        if (data is SparseTensor || data.ElementCount == 0 || data.ByteLength > int.MaxValue || data.Element.BitWidth() % 8 != 0 || data.Element == ElementType.String) return null;
        var size = data.Element.BitWidth() / 8;
        var bytes = data.Bytes;
        // Every element equals the one before.
        return bytes[size..].SequenceEqual(bytes[..^size]) ? new DenseTensor(data.Element, [], bytes[..size].ToArray()) : null;
    }

    /// <summary>What rounding a few numbers of a formula to the type may add up to, relative.</summary>
    public static double Tolerance(ElementType element) => element switch
    {
        ElementType.Float => 1e-6,
        ElementType.Double => 1e-13,
        _ => 2e-3,
    };

    public static bool Agree(double actual, double expected, double tolerance) => Math.Abs(actual - expected) <= tolerance * Math.Abs(expected);
}
