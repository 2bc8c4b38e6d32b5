using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>Reads axes, amounts and extents that are the same in every run.</summary>
static class ConstantVector
{
    /// <summary>Elements of an int64 constant; null when the value is left out, computed, or something else.</summary>
    public static long[]? Int64s(Value? value) =>
        value?.Constant is { Element: ElementType.Int64 } data and not SparseTensor ? data.ToArray<long>() : null;
}
