using Onnxc.IR;

namespace Onnxc.Passes.ControlFlow;

/// <summary>Reads conditions and trip counts that are the same in every run.</summary>
static class ConstantScalar
{
    public static bool? Bool(Value? value) =>
        value?.Constant is { Element: ElementType.Bool, ElementCount: 1 } data and not SparseTensor ? data.Bytes[0] != 0 : null;

    public static long? Int64(Value? value) =>
        value?.Constant is { Element: ElementType.Int64, ElementCount: 1 } data and not SparseTensor ? data.ToArray<long>()[0] : null;
}
