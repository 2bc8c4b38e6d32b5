using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Activations;

/// <summary>A scale and a shift for every number of a row, after a normalization of the row where <paramref name="Normalizes"/>.</summary>
sealed record RowAffine(bool Normalizes, double[] Scale, double[] Shift, float Epsilon)
{
    const float DefaultEpsilon = 1e-5f;

    /// <summary>Null when <paramref name="node"/>, a <c>LayerNormalization</c>, is none over the last axis with constants alone.</summary>
    public static RowAffine? OfNormalization(Node node, int extent)
    {
        if (node.Attributes.Int("axis", -1) is not { } axis || (axis != -1 && axis != node.Input(0)!.Shape?.Rank - 1) || node.Outputs.Skip(1).Any(o => o.HasUses)) return null;
        if (node.Attributes.Float("epsilon", DefaultEpsilon) is not { } epsilon || Vector(node.Input(1), extent) is not { } scale) return null;
        if (node.Input(2) is null) return new(true, scale, new double[extent], epsilon);
        return Vector(node.Input(2), extent) is { } shift ? new(true, scale, shift, epsilon) : null;
    }

    /// <summary>Null when <paramref name="node"/>, a <c>BatchNormalization</c>, takes its statistics from what it sees.</summary>
    public static RowAffine? OfBatchNormalization(Node node, int extent)
    {
        if (node.Attributes.Int("training_mode", 0) is not 0 || node.Outputs.Skip(1).Any(o => o.HasUses)) return null;
        if (node.Attributes.Float("epsilon", DefaultEpsilon) is not { } epsilon) return null;
        if (Vector(node.Input(1), extent) is not { } gain || Vector(node.Input(2), extent) is not { } bias || Vector(node.Input(3), extent) is not { } mean || Vector(node.Input(4), extent) is not { } variance) return null;
        double[] scale = [.. gain.Zip(variance, (g, v) => g / Math.Sqrt(v + epsilon))];
        return new(false, scale, [.. bias.Select((b, i) => b - mean[i] * scale[i])], epsilon);
    }

    static double[]? Vector(Value? value, int extent) =>
        value?.Constant is { } data and not SparseTensor && FloatingTensor.CanWrite(data.Element) && data.ElementCount == extent ? FloatingTensor.Read(data) : null;
}
