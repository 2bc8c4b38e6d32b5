using Onnxc.IR;

namespace Onnxc.Passes.Simplify;

/// <summary>Axes that can be compared: counted from the front where the rank is known.</summary>
static class ConcatAxis
{
    /// <summary>Null when it is a parameter of a function.</summary>
    public static long? Of(Node concat, Shape? shape) =>
        // Before version 4 the axis could be left out and was then 1.
        concat.Attributes.Int("axis", 1) is { } axis ? Normalized(axis, shape) : null;

    public static long Normalized(long axis, Shape? shape) => axis < 0 && shape is not null ? axis + shape.Rank : axis;
}
